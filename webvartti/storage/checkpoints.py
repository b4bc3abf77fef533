"""The file outside the database to which signed audit checkpoints are appended."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from webvartti.domain.errors import AuditUnavailable

_LONGEST_LINE = 4096
"""Bytes; a checkpoint takes about 250."""


@dataclass(frozen=True, slots=True)
class AppendOnlyFile:
    """One line a checkpoint, durable when ``append`` returns. Implements ``ports.CheckpointFile``."""

    path: Path

    def append(self, line: str) -> None:
        """The whole line or nothing of it. Raises AuditUnavailable."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                flock(descriptor, LOCK_EX)
                _append(descriptor, f"{line}\n".encode())
            finally:
                os.close(descriptor)
        except OSError as problem:
            raise AuditUnavailable(f"checkpoint file: {problem.strerror}") from problem

    def last(self) -> str:
        """The newest line; empty where there is none. Raises AuditUnavailable."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_LINE))
                lines = _whole(file.read()).splitlines()
        except FileNotFoundError:
            return ""
        except OSError as problem:
            raise AuditUnavailable(f"checkpoint file: {problem.strerror}") from problem
        return lines[-1].decode(errors="replace") if lines else ""

    def lines(self, path: Path | None = None) -> tuple[str, ...]:
        """The lines of this file, or of ``path``. Raises AuditUnavailable."""
        try:
            return tuple(_whole((path or self.path).read_bytes()).decode("utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as problem:
            raise AuditUnavailable(f"checkpoint file can't be read: {path or self.path}") from problem


def _whole(content: bytes) -> bytes:
    """Up to the last line end: a power cut while a line was written leaves a piece of it."""
    return content[: content.rfind(b"\n") + 1]


def _append(descriptor: int, line: bytes) -> None:
    """A disk that is nearly full takes a part of a line: that part must not become a line with the next one behind it."""
    end = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _LONGEST_LINE, max(0, end - _LONGEST_LINE))
    if len(_whole(tail)) < len(tail):
        end -= len(tail) - len(_whole(tail))
        os.ftruncate(descriptor, end)
    try:
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, end)
        raise
