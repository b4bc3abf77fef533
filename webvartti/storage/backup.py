"""A copy of the SQLite file while the service writes: one state of it, checked before it gets its name."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from webvartti.domain.ports import Progress
from webvartti.storage.copy_errors import BackupExists, BackupFailed, BackupNotHere, DatabaseDamaged
from webvartti.storage.copy_source import existing_file
from webvartti.storage.engine import create_engine
from webvartti.storage.error_mapping import named_errors
from webvartti.storage.migrate import unheard

_STEP = 500
"""Pages (of 4 KiB) between two reports of progress."""


def back_up(url: str, file: Path, *, replace: bool = False, progress: Progress = unheard) -> int:
    """Write ``file`` (mode 0600) and return its octets; ``progress`` counts pages. The folder keeps what it had on any error.

    Raises BackupNotHere, BackupExists, BackupFailed, DatabaseDamaged, DatabaseFileMissing, StorageUnavailable.
    """
    database = existing_file(url)
    if database is None:
        raise BackupNotHere
    _refuse_to_overwrite(file, database, replace)
    with _failing_by_name(file), _aside(file) as aside:
        _copy(url, aside, progress)
        _check(aside)
        size = aside.stat().st_size
        _refuse_to_overwrite(file, database, replace)
        aside.rename(file)
        _make_durable(file.parent)
    return size


def _refuse_to_overwrite(file: Path, database: Path, replace: bool) -> None:
    """The database's own files are never written over, whatever is asked."""
    own = {Path(f"{database.resolve()}{end}") for end in ("", "-wal", "-shm", "-journal")}
    if file.resolve() in own:
        raise BackupExists(f"{file} belongs to the database itself: choose another name")
    if os.path.lexists(file) and not replace:
        raise BackupExists(f"{file} exists already: choose another name, or say --force")


@contextmanager
def _failing_by_name(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as problem:
        if getattr(problem, "sqlite_errorname", "") in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
            raise DatabaseDamaged from problem
        raise BackupFailed(f"{file}: {getattr(problem, 'sqlite_errorname', type(problem).__name__)}") from problem
    except OSError as problem:
        raise BackupFailed(f"{file} can't be written: {problem.strerror}") from problem


@contextmanager
def _aside(file: Path) -> Iterator[Path]:
    """An empty file of mode 0600 beside it, gone at the end where it wasn't renamed."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".unfinished")
    os.close(descriptor)
    aside = Path(name)
    try:
        yield aside
    finally:
        aside.unlink(missing_ok=True)


def _copy(url: str, aside: Path, progress: Progress) -> None:
    """In steps, so that progress can be told, inside one reading transaction: without it every write of the service would make
    SQLite begin anew. Writers wait for nothing meanwhile; what they write stays in the -wal file until the end."""
    engine = create_engine(url, connections=1)
    try:
        with named_errors(), engine.connect() as connection, closing(sqlite3.connect(aside, isolation_level=None)) as target:
            source: Any = connection.connection.driver_connection
            target.execute("PRAGMA synchronous = OFF")  # made durable as a whole, below
            target.execute("PRAGMA journal_mode = OFF")  # there is nothing to go back to
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # now it sees one state
            source.backup(target, pages=_STEP, progress=lambda status, left, total: progress(total - left, total))
            target.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read from any medium
    finally:
        engine.dispose()
    _make_durable(aside)


def _check(aside: Path) -> None:
    """Whether SQLite finds the copy sound. A damaged page of the database is copied as it is."""
    with closing(sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        if copy.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise DatabaseDamaged
        if copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise DatabaseDamaged("the database has rows that refer to rows that don't exist")


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
