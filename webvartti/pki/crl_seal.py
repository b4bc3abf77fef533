"""Telling a whole index file from a cut or changed one in the time of one read, whatever its size.

SQLite counts in the header of a file how often it was changed and how many pages it has (sqlite.org/fileformat2.html 1.3).
Once an index is finished, the count of changes is written into the field that is the application's own (user version). A
file that anything has written to since, or that isn't as long as its header says, is no whole index.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"SQLite format 3\x00"
_HEADER_LENGTH = 100
_PAGE_SIZE, _CHANGES, _PAGES, _USER_VERSION = slice(16, 18), slice(24, 28), slice(28, 32), slice(60, 64)


@dataclass(frozen=True, slots=True)
class _FileHeader:
    octets: bytes
    length: int

    def is_sealed(self) -> bool:
        pages, size = int.from_bytes(self.octets[_PAGES], "big"), int.from_bytes(self.octets[_PAGE_SIZE], "big")
        untouched = self.octets[_CHANGES] == self.octets[_USER_VERSION]
        return self.octets.startswith(_MAGIC) and untouched and pages > 0 and pages * size == self.length


def seal(path: Path) -> None:
    """Call it on a file that no connection has open. Raises OSError."""
    with path.open("r+b") as file:
        octets = file.read(_HEADER_LENGTH)
        file.seek(_USER_VERSION.start)
        file.write(octets[_CHANGES])


def is_sealed(path: Path) -> bool:
    """Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return _FileHeader(os.pread(descriptor, _HEADER_LENGTH, 0), os.fstat(descriptor).st_size).is_sealed()
    finally:
        os.close(descriptor)
