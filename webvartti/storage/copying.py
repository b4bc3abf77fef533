"""Copying the main database into another one, SQLite or PostgreSQL either: compared before it counts, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from webvartti.domain.database_copy import CopiedTable
from webvartti.domain.ports import Progress
from webvartti.storage.copy_errors import CopyDiffers
from webvartti.storage.copy_numbers import next_numbers, set_numbers
from webvartti.storage.copy_rows import RowsHash, batches, canonical, told_key
from webvartti.storage.copy_source import reading
from webvartti.storage.copy_target import TABLES, gather_statistics, prepare, put
from webvartti.storage.migrate import one_transaction, unheard

Counted = Callable[[int], None]


def copy_database(source: str, target: str, progress: Progress = unheard) -> tuple[CopiedTable, ...]:
    """Copy every row between two database addresses; ``progress`` counts each twice, when written and when compared.

    Raises what ``copy_errors`` names and StorageUnavailable; then nothing was copied (or, where the connection broke in the
    very commit, everything: then the next try raises TargetNotEmpty).
    """
    with reading(source) as origin, one_transaction(target) as connection:
        prepare(connection)
        total = 2 * sum(_count(origin.connection, table) for table in TABLES)
        counted = _counting(progress, total)
        numbers = next_numbers(origin.connection)
        copied = tuple(_copied(origin.connection, connection, table, counted) for table in TABLES)
        for each, table in zip(copied, TABLES, strict=True):
            if _hashed(connection, table, counted) != each:
                raise CopyDiffers(f"{table.name}, {_first_difference(origin.connection, connection, table)}")
        set_numbers(connection, numbers)
        gather_statistics(connection)
        origin.require_unchanged()
    return copied


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _counting(progress: Progress, total: int) -> Counted:
    done = 0

    def counted(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, total)

    return counted


def _copied(source: Connection, target: Connection, table: Table, counted: Counted) -> CopiedTable:
    found = RowsHash()
    for rows in batches(source, table):
        found.add(rows)
        put(target, table, rows)
        counted(len(rows))
    return CopiedTable(table.name, found.rows, found.hexdigest())


def _hashed(connection: Connection, table: Table, counted: Counted) -> CopiedTable:
    found = RowsHash()
    for rows in batches(connection, table):
        found.add(rows)
        counted(len(rows))
    return CopiedTable(table.name, found.rows, found.hexdigest())


def _first_difference(source: Connection, target: Connection, table: Table) -> str:
    """The primary key of the first row that isn't the same on both sides."""
    for one, other in zip_longest(_rows(source, table), _rows(target, table)):
        if one is None or other is None or canonical(one) != canonical(other):
            return told_key(table, (one if one is not None else other)._mapping)
    return "its rows in another order"


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    for rows in batches(connection, table):
        yield from rows
