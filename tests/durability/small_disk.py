"""A disk of a few megabytes that can be filled and emptied."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A tmpfs at ``path``."""

    path: Path

    def fill(self) -> None:
        """To the last byte."""
        with (self.path / "filler").open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * 65536):
                pass
        with (self.path / "filler").open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * 512):
                pass

    def empty(self) -> None:
        """There is room again."""
        (self.path / "filler").unlink(missing_ok=True)

    @contextmanager
    def full(self) -> Iterator[None]:
        self.fill()
        try:
            yield
        finally:
            self.empty()


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[SmallDisk]:
    """``size`` as mount(8) takes it ("8m"). Skips where this account may not mount."""
    path.mkdir(parents=True)
    if os.getuid():
        pytest.skip("only root may make a disk of a few megabytes (mount -t tmpfs)")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", path], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk of a few megabytes can be made here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
