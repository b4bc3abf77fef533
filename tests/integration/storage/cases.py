"""Storing orders that make a queue, and how the databases answer what is asked of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy
from sqlalchemy import Engine, event

from tests.databases import is_sqlite
from webvartti.domain.orders import Order
from webvartti.storage.unit_of_work import Storage

Asked = list[tuple[str, Any]]
"""Statements with their values."""
_DEAR = ("seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin")


def add(storage: Storage, *orders: Order) -> None:
    with storage.writing() as unit:
        for order in orders:
            unit.orders.add(order)
        unit.commit()


def asked_of(engine: Engine) -> Asked:
    """Every question that is asked from now on."""
    asked: Asked = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    return asked


def plans_of(url: str, asked: Asked) -> list[str]:
    """How the database answers each question.

    Of few rows PostgreSQL would rather read all and sort them. Told that this is dear it shows what it will do with many:
    what is read whole or sorted even so has no index that helps.
    """
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    questions = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
    with engine.connect() as connection:
        if is_sqlite(url):
            answers = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", values) for question, values in questions]
            return [" / ".join(row[3] for row in answer) for answer in answers]
        for way in _DEAR:
            connection.exec_driver_sql(f"SET enable_{way} = off")
        answers = [connection.exec_driver_sql(f"EXPLAIN {question}", values) for question, values in questions]
        return [" / ".join(row[0].strip() for row in answer) for answer in answers]


def is_read_whole(plan: str, table: str) -> bool:
    """Also where SQLite walks along a whole index, which a small one may be made for."""
    return f"SCAN {table}" in plan or f"Seq Scan on {table}" in plan


def is_sorted(plan: str) -> bool:
    """After it was read, instead of read in order."""
    return "TEMP B-TREE" in plan or "Sort" in plan
