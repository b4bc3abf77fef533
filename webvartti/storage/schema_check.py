"""Comparing a database with the schema of the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect

from webvartti.storage.schema import metadata


def differences(connection: Connection) -> tuple[str, ...]:
    """What Alembic finds (tables, columns, types, keys, indexes), and the check constraints, which it doesn't look at."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    found = [line for difference in compare_metadata(context, metadata) for line in _lines(difference)]
    return tuple(found + list(_check_constraints(connection)))


def _lines(difference: Any) -> Iterator[str]:
    """Alembic gives tuples ("add_column", None, "orders", Column(...)), and lists of them for one column."""
    if isinstance(difference, list):
        for one in difference:
            yield from _lines(one)
    else:
        yield " ".join(_name(part) for part in difference if part is not None)


def _name(part: Any) -> str:
    name = getattr(part, "name", None)
    return str(name if name is not None else part)


def _check_constraints(connection: Connection) -> Iterator[str]:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in there:
            continue
        expected = {str(rule.name) for rule in table.constraints if isinstance(rule, CheckConstraint)}
        found = {str(rule["name"]) for rule in inspector.get_check_constraints(table.name)}
        yield from (f"add_check {table.name} {name}" for name in sorted(expected - found))
        yield from (f"remove_check {table.name} {name}" for name in sorted(found - expected))
