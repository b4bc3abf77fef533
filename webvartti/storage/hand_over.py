"""A file for analysts: rows in one SQLite table."""

from __future__ import annotations

from collections.abc import Iterable
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
