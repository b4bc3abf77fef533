"""A disk that is soon full."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Disk:
    """In memory, mounted on ``directory``."""

    directory: Path

    def resize(self, size: str) -> None:
        """``64m``: what is on it stays."""
        subprocess.run(["mount", "-o", f"remount,size={size}", self.directory], check=True)


@contextmanager
def mounted_disk(size: str) -> Iterator[Disk]:
    """Not below pytest's folder, which lets only its owner in."""
    if os.getuid():
        pytest.skip("only root may mount a disk")
    directory = Path(tempfile.mkdtemp(prefix="webvartti-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", directory], check=True)
    try:
        yield Disk(directory)
    finally:
        subprocess.run(["umount", directory], check=True)
        directory.rmdir()
