"""Column types and the columns that several tables share. Portable types only: SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Dialect, Integer, MetaData, Text, TypeDecorator

from webvartti.storage.errors import NaiveDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Identifier = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises NaiveDateTime."""
    if moment.utcoffset() is None:
        raise NaiveDateTime
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware datetimes only, stored in UTC to the microsecond, read back as aware datetimes in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_column(name: str) -> Column[str]:
    """Text that is always there; empty text where there is nothing to say."""
    return Column(name, Text, nullable=False)


def moment_column(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable)


def identifier_column() -> Column[int]:
    """The row's number, given by the database."""
    return Column("id", Identifier, primary_key=True, autoincrement=True)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """The column holds one of these words and nothing else."""
    return CheckConstraint(f"{column} IN ({words(values)})", name=column)


def words(values: Iterable[str]) -> str:
    """As SQL: 'a', 'b'. In alphabetical order, so that the text is always the same."""
    return ", ".join(f"'{value}'" for value in sorted(values))


def person_columns(*, key: bool = False) -> tuple[Column[str], Column[str]]:
    return (
        Column("person_namespace", Text, nullable=False, primary_key=key),
        Column("person_serial_number", Text, nullable=False, primary_key=key),
    )


def card_columns(*, key: bool = False) -> tuple[Column[str], Column[str]]:
    return (
        Column("issuer_key", Text, nullable=False, primary_key=key),
        Column("card_serial", Text, nullable=False, primary_key=key),
    )
