"""Writing the index of one CRL: one SQLite file of revoked serial numbers, written aside and renamed into place.

A look-up in the library's own CRL object takes milliseconds, and every process holds a copy; this file is shared and takes
microseconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from webvartti.domain.ports import Progress
from webvartti.pki.crl import VerifiedCrl
from webvartti.pki.crl_entries import RawEntry
from webvartti.pki.crl_entry_extensions import HOLD
from webvartti.pki.crl_header import IndexHeader, header_of
from webvartti.pki.crl_seal import seal

FILE_MODE = 0o640
"""Serial numbers of revoked cards are public in the CRL, but who reads this folder is the operator's choice."""

_PREVIOUS = ".previous-"
_PROGRESS_EVERY = 10_000
_CACHE_KIB = 65536  # serial numbers come in no order, so every page is met again and again

# a serial that stands twice: a revocation counts for more than a hold, else the first
_INSERT = f"""INSERT INTO revoked VALUES (?, ?, ?) ON CONFLICT (serial)
    DO UPDATE SET date = excluded.date, reason = excluded.reason WHERE reason = {HOLD}"""  # noqa: S608 - a number of ours


def write_index(target: Path, verified: VerifiedCrl, progress: Progress) -> IndexHeader:
    """Whole or not at all, durable on return. Raises OSError, sqlite3.Error, or the RevocationListRefused of a bad entry."""
    handle, name = mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    aside = Path(name)
    try:
        header = _fill(aside, verified, progress)
        seal(aside)
        aside.chmod(FILE_MODE)
        _sync(aside)
        put_in_place(aside, target)
    finally:
        aside.unlink(missing_ok=True)
    return header


def put_in_place(aside: Path, target: Path) -> None:
    """Durable on return. The file before is kept under another name until the next time.

    A deleted file's space is given back when its last reader closes it, which takes milliseconds for a large one: so it is
    the loader that does that, and no visitor waits for it. Raises OSError.
    """
    before = target.with_name(f"{_PREVIOUS}{target.stem}")
    before.unlink(missing_ok=True)
    with suppress(OSError):  # the first list, or a file system without hard links
        before.hardlink_to(target)
    aside.replace(target)
    _sync(target.parent)


def _fill(path: Path, verified: VerifiedCrl, progress: Progress) -> IndexHeader:
    from sqlite_utils import Database  # only who loads a list needs it

    database = Database(path, recursive_triggers=False, execute_plugins=False)
    try:
        # nobody reads the file before it is whole, and it is synced as a whole afterwards
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # sqlite-utils has no word for WITHOUT ROWID, which keeps the serial numbers once instead of twice
        database.execute(
            "CREATE TABLE revoked (serial BLOB PRIMARY KEY, date INTEGER NOT NULL, reason INTEGER NOT NULL) WITHOUT ROWID"
        )
        with database.conn:
            database.conn.executemany(_INSERT, _rows(verified, progress))
        header = header_of(verified, database.table("revoked").count)
        database.table("crl").insert(header.row(), pk="issuer_key")
    finally:
        database.close()
    return header


def _rows(verified: VerifiedCrl, progress: Progress) -> Iterator[RawEntry]:
    total = len(verified.entries)
    for done, entry in enumerate(verified.entries):
        if done and done % _PROGRESS_EVERY == 0:
            progress(done, total)
        yield entry
    progress(total, total)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
