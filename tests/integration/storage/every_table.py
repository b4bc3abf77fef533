"""Rows for every table of the schema, with values that are hard to carry from one database to the other."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, Integer, Table, Text, insert, select
from sqlalchemy.types import JSON

from webvartti.storage.columns import UtcDateTime
from webvartti.storage.copy_target import TABLES
from webvartti.storage.engine import create_engine
from webvartti.storage.limits import attempts
from webvartti.storage.sqlite_engine import WRITING

TEXTS = ("", "Åsa Österåker", "\\N", "a\tb\nc\rd\\", "'\";--", "\U0001f9ea e\u0301", "x" * 3000, " z ")
DOCUMENTS: tuple[Any, ...] = (
    {},
    {"b": [1, 1.5, None, True, "Å"], "a": {"\U0001f9ea": "\t\\"}},
    [{"code": "x", "values": {}}, 2**70, -0.1],
    {"nul": "\x00 after"},
    "text",
)
MOMENT = datetime(2026, 11, 23, 10, 30, 15, 123456, tzinfo=UTC)
KEYS = ("Z", "a", "Å", "ä", "å", "B", "z", "_", "ö")
"""In the order of no language."""

Rows = list[tuple[Any, ...]]


def fill(url: str, count: int = 9) -> None:
    """So many rows in every table; the database numbers those that it numbers for the program."""
    engine = create_engine(url)
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        for table in TABLES:
            columns = [column for column in table.columns if column is not table.autoincrement_column]
            for number in range(1, count + 1):
                connection.execute(insert(table), {column.name: _value(table, column, number) for column in columns})
    engine.dispose()


def contents(url: str) -> dict[str, Rows]:
    """Every row of every table, as the program reads it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in TABLES}
    engine.dispose()
    return found


def _value(table: Table, column: Column[Any], number: int) -> Any:
    words = _words(table, column)
    if words:
        return words[number % len(words)]
    if column.name == "number":
        return f"WV-{number}"
    if column.nullable and number % 2:
        return None
    if table is attempts and isinstance(column.type, BigInteger):
        return 2**62 + number
    return _of_type(column, number)


def _of_type(column: Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, Text):
        return f"{KEYS[number % len(KEYS)]}{number}" if column.primary_key else TEXTS[number % len(TEXTS)]
    if isinstance(kind, JSON):
        return DOCUMENTS[number % len(DOCUMENTS)]
    if isinstance(kind, UtcDateTime):
        return MOMENT + timedelta(days=100 * number, microseconds=number * 1000)
    if isinstance(kind, Date):
        return date(2026, 12, number)
    if isinstance(kind, Boolean):
        return number % 2 == 0
    assert isinstance(kind, Integer), f"say how to make a value for {column}"
    return number


def _words(table: Table, column: Column[Any]) -> list[str]:
    """Those that the column may hold, where a rule lists them."""
    for rule in table.constraints:
        if isinstance(rule, CheckConstraint) and (listed := re.fullmatch(rf"{column.name} IN \((.*)\)", str(rule.sqltext))):
            return re.findall(r"'([^']*)'", listed[1])
    return []
