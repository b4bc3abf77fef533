"""SQLite as the main database: one file, WAL, every commit on the disk before it is told to anyone."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from webvartti.domain.errors import StorageUnavailable
from webvartti.storage.errors import DatabaseFileMissing, DatabaseFolderMissing

BUSY_TIMEOUT = 5.0
"""Seconds that a writer waits for the one before it."""

WRITING = "webvartti_writing"
"""The execution option of a connection whose transactions write."""


def sqlite_engine(file: Path, *, make: bool, **options: Any) -> Engine:
    """The engine on ``file``; with ``make`` it is made (mode 0600) where there is none.

    Raises DatabaseFolderMissing, DatabaseFileMissing, StorageUnavailable.
    """
    file = Path(os.path.abspath(file))  # a later chdir mustn't lead to another file
    if not file.parent.is_dir():
        raise DatabaseFolderMissing(str(file.parent))
    if not file.exists():
        _refuse_to_replace(file, make=make)
        _make(file)
    url = URL.create("sqlite", database=str(file))
    engine = create_engine(url, creator=lambda: _connect(file), poolclass=QueuePool, **options)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "connect", lambda driver, entry: _remember(file, entry))
    event.listen(engine, "checkout", lambda driver, entry, proxy: _still_there(file, entry))
    return engine


def _refuse_to_replace(file: Path, *, make: bool) -> None:
    """A file that is away for a moment must not be made anew: SQLite deletes the write-ahead log that it finds beside an empty
    database, and in it may stand orders that people were told of.
    """
    if not make:
        raise DatabaseFileMissing(f"{file} isn't there: put it back, or run `webvartti database upgrade` for a new one")
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise DatabaseFileMissing(f"{file} isn't there, but its write-ahead log {log.name} is: put the file back")


def _make(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _connect(file).close()  # turns WAL on while nobody else can be there
    except FileExistsError:
        return
    except (OSError, sqlite3.Error) as error:
        raise StorageUnavailable(type(error).__name__) from error


def _connect(file: Path) -> sqlite3.Connection:
    """A connection that begins no transaction by itself. Mode rw: a file that has gone isn't made anew behind our back."""
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    """A writing transaction takes the write lock at once, so that no other writer fails it later; a reading one never does.

    A connection on which this has failed is given back, not used: SQLAlchemy takes it for one that is in a transaction.
    """
    writing = connection.get_execution_options().get(WRITING, False)
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - tells the type checker that a connection that begins is open
    if connection.info.get(WRITING) is not writing:
        driver.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")  # waits for nobody: it only sets a flag
        connection.info[WRITING] = writing
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN DEFERRED"
    try:
        driver.execute(begin)
    except sqlite3.Error as error:
        raise DBAPIError.instance(begin, None, error, sqlite3.Error) from error  # as SQLAlchemy raises what it has sent itself


def _identity(file: Path) -> tuple[int, int]:
    found = os.stat(file)
    return found.st_dev, found.st_ino


def _remember(file: Path, entry: ConnectionPoolEntry) -> None:
    try:
        entry.info["file"] = _identity(file)
    except OSError as error:
        raise sqlite3.OperationalError("the database file has gone") from error


def _still_there(file: Path, entry: ConnectionPoolEntry) -> None:
    """A connection to a file that was deleted or replaced would go on writing into nothing: leave it and connect anew."""
    try:
        same = entry.info.get("file") == _identity(file)
    except OSError:
        same = False
    if not same:
        raise DisconnectionError("the database file has gone")
