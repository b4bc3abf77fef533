"""Which cards end when, and where their holders live: the newest card of each person and profession only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from webvartti.domain.figures import Expiry
from webvartti.domain.registers import RegisterKind
from webvartti.registry.snapshot_files import SnapshotFiles

_AT_ONCE = 500
_NEWEST = (
    "SELECT registration_number, max(valid_until) AS ends FROM extract GROUP BY registration_number, kind, profession "
    "HAVING ends BETWEEN ? AND ?"
)
_HOMES = (
    "SELECT registration_number, postal_code FROM extract "
    "WHERE postal_code IS NOT NULL AND non_disclosure = 0 AND country = 'FI'"
)


def expiries(files: SnapshotFiles, first: date, last: date) -> tuple[Expiry, ...]:
    """Both days included. A protected address isn't told, nor is one abroad."""
    with files.reading(RegisterKind.CARDS) as connection:
        ending = [(row[0], row[1]) for row in connection.execute(_NEWEST, [first.isoformat(), last.isoformat()])]
    codes = dict(_postal_codes(files, sorted({number for number, _ in ending})))
    counted = Counter((date.fromisoformat(ends).replace(day=1), codes.get(number, "")) for number, ends in ending)
    return tuple(Expiry(month, code, cards) for (month, code), cards in sorted(counted.items()))


def _postal_codes(files: SnapshotFiles, numbers: list[str]) -> Iterator[tuple[str, str]]:
    with files.reading(RegisterKind.PERSONS) as connection:
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            question = f"{_HOMES} AND registration_number IN ({marks})"
            rows = connection.execute(question, some)
            yield from ((row[0], row[1]) for row in rows)
