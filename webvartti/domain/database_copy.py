"""What a copy of the main database has shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that holds the same on both sides; ``sha256`` is over its rows in the order of the primary key."""

    name: str
    rows: int
    sha256: str
