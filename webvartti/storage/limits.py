"""Counting attempts: one row for each key, one statement for an attempt, whoever else is counting.

Moments are whole microseconds since 1970, so that SQLite and PostgreSQL do the same sums with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import BigInteger, Column, Table, Text, TextClause, delete, text

from webvartti.storage.columns import in_utc, metadata
from webvartti.storage.transaction import Transaction

attempts = Table(
    "attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("spent_until", BigInteger, nullable=False),
    sqlite_with_rowid=False,  # the key is all that rows are found by: one tree to write instead of two
)

_MICROSECOND = timedelta(microseconds=1)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def _number(moment: datetime) -> int:
    return (in_utc(moment) - _START) // _MICROSECOND


@cache
def _statement(rows: int) -> TextClause:
    """As text, for SQLAlchemy's upserts are of one database each. On a conflict the new row is called ``excluded``."""
    values = ", ".join(f"(:key{row}, :spent{row})" for row in range(rows))
    return text(
        f"INSERT INTO attempts (key, spent_until) VALUES {values} "  # noqa: S608 - a number of our own placeholders
        "ON CONFLICT (key) DO UPDATE SET spent_until = excluded.spent_until - :now + "
        "CASE WHEN attempts.spent_until BETWEEN :now AND :latest THEN attempts.spent_until ELSE :now END "
        "RETURNING key, spent_until"
    )


class AttemptCounters:
    """As ``domain.repositories.AttemptCounters`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def spend(self, costs: Mapping[str, timedelta], latest: datetime, now: datetime) -> Mapping[str, datetime]:
        moment = _number(now)
        values: dict[str, str | int] = {"now": moment, "latest": _number(latest)}
        for row, (key, cost) in enumerate(sorted(costs.items())):  # everybody locks rows in one order: no deadlock
            values |= {f"key{row}": key, f"spent{row}": moment + cost // _MICROSECOND}
        rows = self._transaction.rows(_statement(len(costs)), values)
        return {row["key"]: _START + row["spent_until"] * _MICROSECOND for row in rows}

    def delete_spent(self, now: datetime) -> int:
        return self._transaction.change(delete(attempts).where(attempts.c.spent_until <= _number(now)))
