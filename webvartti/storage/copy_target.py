"""The database that is copied to: empty before, and filled in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert, inspect, literal, select, text
from sqlalchemy.exc import DBAPIError

from webvartti.storage.copy_errors import RowRefused, TargetNotEmpty
from webvartti.storage.copy_rows import Rows, told_key
from webvartti.storage.copy_source import unhurried
from webvartti.storage.error_mapping import named_errors
from webvartti.storage.errors import StorageError
from webvartti.storage.migrate import upgrade_within
from webvartti.storage.node_tables import schema_floor
from webvartti.storage.revisions import head, revision_of
from webvartti.storage.schema import metadata

TABLES = tuple(table for table in metadata.sorted_tables if table is not schema_floor)
"""What is copied, a table after those that it refers to. The floor belongs to the schema: the migrations write it."""


def prepare(connection: Connection) -> None:
    """Migrate it where there is nothing at all, and keep every other writer out. Raises TargetNotEmpty."""
    found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    revision = revision_of(connection)
    if revision is None and not found:
        upgrade_within(connection)
    elif revision != head():
        what = f"is at revision {revision}" if revision else f"has a table {min(found)}"
        raise TargetNotEmpty(f"the database to copy to {what}: name an empty one")
    if connection.dialect.name == "postgresql":
        unhurried(connection)
        connection.execute(text(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN EXCLUSIVE MODE"))
    for table in TABLES:
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
            raise TargetNotEmpty(f"there are rows in {table.name} of the database to copy to: name an empty one")


def put(connection: Connection, table: Table, rows: Rows) -> None:
    """Write rows. Raises RowRefused with the key of the first that isn't taken, found by halving."""
    savepoint = connection.begin_nested()
    try:
        with named_errors():
            _write(connection, table, rows)
    except StorageError as refused:
        savepoint.rollback()
        if len(rows) == 1:
            why = f"{type(refused).code}: {refused}"
            raise RowRefused(f"{table.name}, {told_key(table, rows[0]._mapping)} ({why})") from None
        half = len(rows) // 2
        put(connection, table, rows[:half])
        put(connection, table, rows[half:])
    else:
        savepoint.commit()


def _write(connection: Connection, table: Table, rows: Rows) -> None:
    """PostgreSQL takes rows by COPY three times as fast as by INSERT."""
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), [dict(row._mapping) for row in rows])
        return
    driver: Any = connection.connection.driver_connection
    forms = [column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for column in table.columns]
    changing = [(place, form) for place, form in enumerate(forms) if form is not None]
    names = ", ".join(connection.dialect.identifier_preparer.format_column(column) for column in table.columns)
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                values = list(row)
                for place, form in changing:
                    values[place] = form(values[place])
                copy.write_row(values)
    except connection.dialect.loaded_dbapi.Error as error:  # past SQLAlchemy, which would have wrapped it
        raise DBAPIError.instance(None, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True) from None


def gather_statistics(connection: Connection) -> None:
    """PostgreSQL does it by itself a minute later; until then every page of the service would be looked up the slow way."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {', '.join(table.name for table in TABLES)}"))
