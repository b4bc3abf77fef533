"""The numbers that a database gives to its next rows: after a copy they go on as they would have where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, Connection, Table, func, select, text

from webvartti.storage.schema import metadata


def next_numbers(connection: Connection) -> Mapping[Table, int]:
    """Which number the next row of each table gets at the least: that of a deleted row isn't given again."""
    return {table: _next_number(connection, table, key) for table, key in _numbered()}


def set_numbers(connection: Connection, numbers: Mapping[Table, int]) -> None:
    """Both ways can be rolled back; setval couldn't."""
    for table, key in _numbered():
        if connection.dialect.name == "postgresql":
            restart = f"ALTER SEQUENCE {_sequence(connection, key)} RESTART WITH {numbers[table]:d}"
            connection.execute(text(restart))
        elif table.dialect_options["sqlite"]["autoincrement"]:
            values = {"table": table.name, "seq": numbers[table] - 1}
            if not connection.execute(text("UPDATE sqlite_sequence SET seq = :seq WHERE name = :table"), values).rowcount:
                connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :seq)"), values)


def _numbered() -> Iterator[tuple[Table, Column[int]]]:
    """The tables whose rows the database numbers, each with the column."""
    for table in metadata.sorted_tables:
        if table.autoincrement_column is not None:
            yield table, table.autoincrement_column


def _next_number(connection: Connection, table: Table, key: Column[int]) -> int:
    highest = connection.execute(select(func.max(key))).scalar_one() or 0
    if connection.dialect.name == "sqlite":
        question = text("SELECT seq + 1 FROM sqlite_sequence WHERE name = :table").bindparams(table=table.name)
    else:
        given = "SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM"
        question = text(f"{given} {_sequence(connection, key)}")
    return max(highest + 1, connection.execute(question).scalar() or 1)


def _sequence(connection: Connection, key: Column[int]) -> str:
    """Its name, quoted where it must be."""
    return str(connection.execute(select(func.pg_get_serial_sequence(key.table.name, key.name))).scalar_one())
