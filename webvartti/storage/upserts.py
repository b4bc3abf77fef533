"""Inserts that say what happens where the row is there already. Each database has a construct of its own for the same words.

Built once for each table: building a statement costs as much as running it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Column, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@cache
def unless_there(dialect: str, table: Table, returning: Column[int] | Column[str]) -> Insert:
    """ON CONFLICT DO NOTHING: no row comes back where some key is taken, and the transaction goes on."""
    statement: Insert = _INSERT[dialect](table).on_conflict_do_nothing().returning(returning)
    return statement


@cache
def or_change(dialect: str, table: Table) -> Insert:
    """ON CONFLICT DO UPDATE of everything beside the primary key."""
    statement = _INSERT[dialect](table)
    key = [column.name for column in table.primary_key]
    changes = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
    changing: Insert = statement.on_conflict_do_update(index_elements=key, set_=changes)
    return changing
