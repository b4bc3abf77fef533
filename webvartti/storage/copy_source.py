"""The database that is copied: one state of it, and whether anybody wrote to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, func, literal_column, select
from sqlalchemy.exc import DBAPIError

from webvartti.storage.copy_errors import SourceChanged, SourceNotCurrent
from webvartti.storage.engine import create_engine, database_file
from webvartti.storage.error_mapping import named_errors
from webvartti.storage.errors import DatabaseFileMissing
from webvartti.storage.revisions import history, revision_of
from webvartti.storage.schema import metadata


def existing_file(url: str) -> Path | None:
    """As ``database_file``. Raises DatabaseFileMissing."""
    file = database_file(url)
    if file is not None and not file.is_file():
        raise DatabaseFileMissing(f"{file} isn't there: is it the right path?")
    return file


@dataclass(frozen=True, slots=True)
class Source:
    """``connection`` sees one state from its first question on; ``watch`` sees what others commit."""

    connection: Connection
    watch: Connection
    before: object

    def require_unchanged(self) -> None:
        """Raises SourceChanged."""
        if _state(self.watch) != self.before:
            raise SourceChanged


@contextmanager
def reading(url: str) -> Iterator[Source]:
    """Raises DatabaseFileMissing, SourceNotCurrent, StorageUnavailable."""
    existing_file(url)
    engine = create_engine(url, connections=2)
    try:
        with named_errors(), engine.connect() as watch, engine.connect() as connection:
            before = _state(watch)
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                unhurried(connection)
            _require_current(connection)
            yield Source(connection, watch, before)
    finally:
        engine.dispose()


def unhurried(connection: Connection) -> None:
    """Until the end of this transaction PostgreSQL ends no long statement, and no transaction that waits for the other side."""
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(select(func.set_config(setting, "0", True)))


def _require_current(connection: Connection) -> None:
    found, known = revision_of(connection), history()
    if found == known[0]:
        return
    step = "copy it with the newer program" if found and found not in known else "run `webvartti database upgrade` on it first"
    raise SourceNotCurrent(f"the database to be copied is at {found or 'no revision'}, this program at {known[0]}: {step}")


def _state(watch: Connection) -> object:
    """Another after every commit of anybody else."""
    if watch.dialect.name == "sqlite":
        driver = watch.connection.driver_connection
        assert driver is not None  # noqa: S101 - tells the type checker that it is open
        return driver.execute("PRAGMA data_version").fetchone()
    try:
        return tuple(_versions_of_rows(watch))
    except DBAPIError:
        return None  # tables are missing, which is said when they are read
    finally:
        watch.rollback()


def _versions_of_rows(watch: Connection) -> Iterator[tuple[object, ...]]:
    """PostgreSQL writes a new version of a row (place, transaction) for every change, so the sum over them tells of any."""
    unhurried(watch)
    version: ColumnElement[str] = literal_column("ctid::text || ' ' || xmin::text")
    for table in metadata.sorted_tables:
        question = select(func.count(), func.sum(func.hashtextextended(version, 0))).select_from(table)
        yield tuple(watch.execute(question).one())
