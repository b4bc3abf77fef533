"""Storing orders that make a queue, and how SQLite answers what is asked of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from webvartti.domain.orders import Order
from webvartti.storage.unit_of_work import Storage


def add(storage: Storage, *orders: Order) -> None:
    with storage.writing() as unit:
        for order in orders:
            unit.orders.add(order)
        unit.commit()


def plans_of(database: Path, asked: list[tuple[str, Any]]) -> list[str]:
    """How SQLite answers each question that was asked."""
    connection = sqlite3.connect(database)
    found = [
        " / ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))
        for statement, values in asked
        if statement.startswith("SELECT")
    ]
    connection.close()
    return found
