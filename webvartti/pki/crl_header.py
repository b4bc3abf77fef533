"""What stands in an index file: which CRL it is, and its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webvartti.pki.crl import VerifiedCrl
from webvartti.pki.crl_scope import CrlScope, stored_scope


class IndexUnusable(Exception):
    """The file isn't a whole index of this issuer. Never leaves this room: the status is MISSING then."""


@dataclass(frozen=True, slots=True)
class RevokedSerial:
    """One entry. ``reason`` is the name of RFC 5280 5.3.1, empty where the list gives none."""

    serial: int
    revoked_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class IndexHeader:
    """Which CRL stands in the index; ``issuer_key`` is the key that signed it."""

    issuer_key: str
    scope: CrlScope
    number: int
    this_update: datetime
    next_update: datetime
    sha256: str
    rows: int

    def row(self) -> dict[str, str | int]:
        """As it is stored."""
        return {
            "issuer_key": self.issuer_key,
            "scope": self.scope.text(),
            "number": str(self.number),  # up to 20 octets: no integer of SQLite's
            "this_update": self.this_update.isoformat(),
            "next_update": self.next_update.isoformat(),
            "sha256": self.sha256,
            "rows": self.rows,
        }


def header_of(verified: VerifiedCrl, rows: int) -> IndexHeader:
    """Of the index that is made of this list. ``rows`` may be less than its entries, where a serial stands twice."""
    times = verified.this_update, verified.next_update
    return IndexHeader(verified.issuer_key, verified.scope, verified.number, *times, verified.sha256, rows)


def stored_header(row: tuple[str, str, str, str, str, str, int]) -> IndexHeader:
    """The reverse of ``IndexHeader.row``. Raises ValueError or TypeError."""
    key, scope, number, this_update, next_update, sha256, rows = row
    times = datetime.fromisoformat(this_update), datetime.fromisoformat(next_update)
    return IndexHeader(key, stored_scope(scope), int(number), *times, sha256, rows)
