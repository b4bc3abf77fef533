"""The index of one issuer's CRL: one SQLite file of revoked serial numbers, written aside and renamed into place.

A look-up in the library's own CRL object takes milliseconds, and every process holds a copy; this file is shared and takes
microseconds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import quote

from sqlite_utils import Database

from webvartti.domain.ports import Progress
from webvartti.pki.crl import RevokedSerial, VerifiedCrl

_PROGRESS_EVERY = 10_000
_FILE_MODE = 0o644  # a CRL is public, and several users' processes may read it


class IndexUnusable(Exception):
    """The file isn't a whole index of this issuer. Never leaves this room: the status is MISSING then."""


@dataclass(frozen=True, slots=True)
class IndexHeader:
    """Which CRL stands in the index."""

    issuer_key: str
    number: int
    this_update: datetime
    next_update: datetime
    sha256: str
    rows: int


def write_index(target: Path, verified: VerifiedCrl, progress: Progress) -> IndexHeader:
    """Whole or not at all, durable on return. Raises OSError, sqlite3.Error, or the RevocationListRefused of a bad entry."""
    handle, name = mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    aside = Path(name)
    try:
        header = _fill(aside, verified, progress)
        aside.chmod(_FILE_MODE)
        _sync(aside)
        aside.replace(target)
        _sync(target.parent)
    finally:
        aside.unlink(missing_ok=True)
    return header


def _fill(path: Path, verified: VerifiedCrl, progress: Progress) -> IndexHeader:
    database = Database(path, recursive_triggers=False, execute_plugins=False)
    try:
        # nobody reads the file before it is whole, and it is synced as a whole afterwards
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "PRAGMA cache_size = -65536"
        )  # KiB: serial numbers come in no order, so every page is met again and again
        # sqlite-utils has no word for WITHOUT ROWID, which keeps the serial numbers once instead of twice
        database.execute(
            "CREATE TABLE revoked (serial BLOB PRIMARY KEY, date TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID"
        )
        with database.conn:
            database.conn.executemany("INSERT OR REPLACE INTO revoked VALUES (?, ?, ?)", _rows(verified, progress))
        rows = database.table("revoked").count
        header = IndexHeader(
            verified.issuer_key, verified.number, verified.this_update, verified.next_update, verified.sha256, rows
        )
        database.table("crl").insert(
            {
                "issuer_key": header.issuer_key,
                "number": str(header.number),  # up to 20 octets: no integer of SQLite's
                "this_update": header.this_update.isoformat(),
                "next_update": header.next_update.isoformat(),
                "sha256": header.sha256,
                "rows": header.rows,
            },
            pk="issuer_key",
        )
    finally:
        database.close()
    return header


def _rows(verified: VerifiedCrl, progress: Progress) -> Iterator[tuple[bytes, str, str]]:
    total = len(verified.crl)
    done = 0
    for done, entry in enumerate(verified.entries(), 1):
        yield serial_octets(entry.serial), entry.revoked_at.isoformat(), entry.reason
        if done % _PROGRESS_EVERY == 0:
            progress(done, total)
    progress(done, total)


def serial_octets(serial: int) -> bytes:
    """The contents of the DER INTEGER."""
    return serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class OpenIndex:
    """One thread's read-only connection to one index file as it was when opened."""

    def __init__(self, path: Path, issuer_key: str) -> None:
        """Raises IndexUnusable for anything but a whole index of this issuer."""
        try:
            # immutable: the file is only ever replaced, so SQLite needs no locks
            self._connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        except sqlite3.Error as error:
            raise IndexUnusable(str(path)) from error
        try:
            self.header = self._read_header(issuer_key)
        except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
            self.close()
            raise IndexUnusable(str(path)) from error

    def _read_header(self, issuer_key: str) -> IndexHeader:
        ((key, number, this_update, next_update, sha256, rows),) = self._connection.execute("SELECT * FROM crl")
        (found,) = self._connection.execute("SELECT count(*) FROM revoked").fetchone()
        if key != issuer_key or found != rows:
            raise ValueError("another issuer's index, or not whole")
        return IndexHeader(
            key, int(number), datetime.fromisoformat(this_update), datetime.fromisoformat(next_update), str(sha256), rows
        )

    def find(self, serial: int) -> RevokedSerial | None:
        """Raises IndexUnusable where the file turns out to be damaged."""
        try:
            query = "SELECT date, reason FROM revoked WHERE serial = ?"
            row = self._connection.execute(query, (serial_octets(serial),)).fetchone()
            return None if row is None else RevokedSerial(serial, datetime.fromisoformat(row[0]), str(row[1]))
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise IndexUnusable("damaged") from error

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
