"""Files for analysts: rows in SQLite tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database


def write_orders(file: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write the rows to table ``orders`` of a new file, keyed by number; returns how many there are."""
    database = Database(file)
    try:
        table = database.table("orders", pk="number")
        table.insert_all(rows, batch_size=1000)
        return table.count if table.exists() else 0
    finally:
        database.close()


def write_tables(file: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Write each table to a new file; one without rows isn't made."""
    database = Database(file)
    try:
        for name, rows in tables.items():
            database.table(name).insert_all((dict(row) for row in rows), batch_size=1000)
    finally:
        database.close()
