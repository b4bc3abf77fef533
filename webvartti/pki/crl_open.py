"""Reading index files."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from webvartti.pki.crl_entries import EPOCH
from webvartti.pki.crl_entry_extensions import REASONS
from webvartti.pki.crl_header import IndexHeader, IndexUnusable, RevokedSerial, stored_header
from webvartti.pki.crl_seal import is_sealed

_DAMAGED = (sqlite3.Error, OSError, ValueError, TypeError, LookupError, OverflowError)


def serial_octets(serial: int) -> bytes:
    """The contents of the DER INTEGER."""
    return serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)


def index_name(issuer_key: str, scope_digest: str) -> str:
    """The file's name: one file for each scope of each key that signs CRLs."""
    return f"{issuer_key}-{scope_digest}.sqlite" if scope_digest else f"{issuer_key}.sqlite"


class OpenIndex:
    """One thread's read-only connection to one index file as it was when opened."""

    def __init__(self, path: Path) -> None:
        """Raises IndexUnusable for anything but a whole index of the issuer and scope that the file's name says."""
        self.name = path.name
        try:
            if not is_sealed(path):
                raise IndexUnusable(str(path))
            # immutable: the file is only ever replaced, so SQLite needs no locks
            self._connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        except _DAMAGED as error:
            raise IndexUnusable(str(path)) from error
        try:
            self.header = self._read_header()
        except _DAMAGED as error:
            self.close()
            raise IndexUnusable(str(path)) from error

    def _read_header(self) -> IndexHeader:
        (row,) = self._connection.execute("SELECT issuer_key, scope, number, this_update, next_update, sha256, rows FROM crl")
        header = stored_header(row)
        if self.name != index_name(header.issuer_key, header.scope.digest()):
            raise ValueError("the index of another list")
        return header

    def find(self, serial: int) -> RevokedSerial | None:
        """Raises IndexUnusable where the file turns out to be damaged."""
        try:
            query = "SELECT date, reason FROM revoked WHERE serial = ?"
            row = self._connection.execute(query, (serial_octets(serial),)).fetchone()
            return None if row is None else RevokedSerial(serial, EPOCH + timedelta(seconds=row[0]), REASONS[row[1]])
        except _DAMAGED as error:
            raise IndexUnusable("damaged") from error

    def is_whole(self) -> bool:
        """Reads the file from end to end."""
        try:
            checked = self._connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
            (rows,) = self._connection.execute("SELECT count(*) FROM revoked").fetchone()
        except sqlite3.Error:
            return False
        return checked and rows == self.header.rows

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
