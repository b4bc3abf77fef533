"""Where `make test` keeps its files: in memory, where there is room for them. On a disk that others keep busy, 78 tests of
the storage took four times as long, for bringing to it what nobody will ever read again; on a quiet one a tenth longer.

Load, durability and benchmarks stay on the disk: what they measure rests on it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - only ever a folder of a name that nobody can know before is made there
ENOUGH = 2 * 1024**3
"""Bytes, of the file system and of the machine's memory: a whole run holds a tenth of that at a time."""


@contextmanager
def quick_folder(environ: Mapping[str, str], memory: Path = MEMORY, enough: int = ENOUGH) -> Iterator[Path]:
    """A new folder, below TMPDIR where that says something; else in ``memory`` where there is ``enough`` of it.

    Its name is short, for the sockets below it have room for 97 letters. It is gone at the end, but for what failed.
    """
    in_memory = not environ.get("TMPDIR") and _suits(memory, enough)
    folder = Path(tempfile.mkdtemp(prefix="wv-", dir=memory if in_memory else environ.get("TMPDIR") or None))
    folder.chmod(0o711)  # PostgreSQL's account goes through it
    try:
        yield folder
    except BaseException:
        print(f"What the tests have left is in {folder}: delete it when you have looked.", file=sys.stderr)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _suits(memory: Path, enough: int) -> bool:
    """Room, and programs may be run from there: some tests make their own."""
    if not os.access(memory, os.W_OK | os.X_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(memory).free, _available()) >= enough


def _available() -> int:
    """Bytes that Linux can give without swapping, what it holds of files included."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), 0)
