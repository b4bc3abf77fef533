"""Where `make test` keeps its files: in memory, where there is room for them. On a disk the databases of the tests take three
times as long, most of it for bringing to the disk what nobody will ever read again.

Load, durability and benchmarks stay on the disk: what they measure rests on it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - the folder below is checked to be our own
ENOUGH = 3 * 1024**3
"""Bytes, of the file system and of the machine's memory: what a whole run needs, three times."""


def quick_folder(environ: Mapping[str, str], memory: Path = MEMORY, enough: int = ENOUGH) -> Path:
    """What TMPDIR says; else a folder in ``memory`` where there is ``enough`` of it; else the usual one."""
    usual = Path(environ.get("TMPDIR") or tempfile.gettempdir())
    if environ.get("TMPDIR") or not _suits(memory, enough):
        return usual
    folder = memory / f"webvartti-tests-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return usual
    found = folder.lstat()
    is_ours = found.st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
    if not is_ours or found.st_mode & 0o022:
        return usual
    folder.chmod(0o711)  # whatever the umask: PostgreSQL's account goes through it
    return folder


def _suits(memory: Path, enough: int) -> bool:
    """Room, and programs may be run from there: some tests make their own."""
    if not os.access(memory, os.W_OK | os.X_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(memory).free, _available()) >= enough


def _available() -> int:
    """Bytes that Linux can give without swapping, what it holds of files included."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), 0)


if __name__ == "__main__":
    print(quick_folder(os.environ))
