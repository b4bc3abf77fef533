"""The rows of a table as both databases give them: in one order, and with one hash."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Select, Table, Text, select
from sqlalchemy.exc import DataError, OperationalError

from webvartti.storage.copy_errors import RowUnreadable
from webvartti.storage.review_tables import order_names

BATCH = 2_000
"""Rows in memory at a time, and of one COPY."""

Rows = Sequence[Row[Any]]

_NAMES_OF_PEOPLE = frozenset({order_names.c.word})
"""Of a key's columns those that nobody is told."""


def batches(connection: Connection, table: Table) -> Iterator[Rows]:
    """Every row, in the order of the primary key. Raises RowUnreadable."""
    done = 0
    found = connection.execute(_in_order(connection, table).execution_options(yield_per=BATCH)).partitions()
    while True:
        try:
            batch = next(found, None)
        except (ValueError, TypeError, DataError, OperationalError) as error:
            if not _is_of_a_row(error):
                raise
            raise RowUnreadable(f"{table.name}, {_first_unreadable(connection, table, done)}") from None
        if batch is None:
            return
        done += len(batch)
        yield batch


def _in_order(connection: Connection, table: Table) -> Select[Any]:
    """By the octets of texts, as SQLite does it, and not by the language of a PostgreSQL database."""
    by_octets = connection.dialect.name == "postgresql"
    key: list[ColumnElement[Any]] = [
        column.collate("C") if by_octets and isinstance(column.type, Text) else column for column in table.primary_key
    ]
    return select(table).order_by(*key)


def _is_of_a_row(error: Exception) -> bool:
    """SQLite holds anything in any column. What its driver can't decode is an OperationalError without a code."""
    if not isinstance(error, OperationalError):
        return True
    return isinstance(error.orig, sqlite3.Error) and getattr(error.orig, "sqlite_errorname", None) is None


def _first_unreadable(connection: Connection, table: Table, done: int) -> str:
    """Its primary key; its place, where that can't be read either."""
    for place in range(done, done + 2 * BATCH):
        one = _in_order(connection, table).offset(place).limit(1)
        try:
            connection.execute(one).one_or_none()
        except (ValueError, TypeError, DataError, OperationalError):
            try:
                return told_key(table, connection.execute(one.with_only_columns(*table.primary_key)).mappings().one())
            except (ValueError, TypeError, DataError, OperationalError):
                return f"row {place + 1} by primary key"
    return f"after row {done} by primary key"


def told_key(table: Table, row: RowMapping) -> str:
    """The primary key of a row, for the operator who looks for it."""
    columns = [column for column in table.primary_key if column not in _NAMES_OF_PEOPLE]
    return ", ".join(f"{column.name}={row[column]!r}" for column in columns)


class RowsHash:
    """SHA-256 over a canonical text of the values: the same of the same rows, whichever database gave them."""

    def __init__(self) -> None:
        self._hash = sha256()
        self.rows = 0

    def add(self, rows: Rows) -> None:
        together = _encode([tuple(row) for row in rows])  # [[...],[...]]: the hash doesn't depend on how many come at a time
        self._hash.update(f"{together[1:-1]},".encode("ascii"))
        self.rows += len(rows)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def canonical(row: Row[Any]) -> str:
    """JSON with sorted keys, moments in UTC to the microsecond."""
    return _encode(tuple(row))


def _other(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")  # columns.UtcDateTime has made it UTC
    return value.isoformat() if isinstance(value, date) else {type(value).__name__: repr(value)}


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_other).encode
