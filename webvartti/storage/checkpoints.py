"""The file outside the database to which signed audit checkpoints are appended."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from webvartti.domain.errors import AuditUnavailable


@dataclass(frozen=True, slots=True)
class AppendOnlyFile:
    """One line a checkpoint, durable when ``append`` returns. Implements ``ports.CheckpointFile``."""

    path: Path

    def append(self, line: str) -> None:
        """Raises AuditUnavailable."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, f"{line}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as problem:
            raise AuditUnavailable(f"checkpoint file: {problem.strerror}") from problem

    def lines(self, path: Path | None = None) -> tuple[str, ...]:
        """The lines of this file, or of ``path``. Raises AuditUnavailable."""
        try:
            return tuple((path or self.path).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as problem:
            raise AuditUnavailable(f"checkpoint file can't be read: {path or self.path}") from problem
