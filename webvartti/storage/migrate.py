"""Bringing a database to the schema of this version, through Alembic. Every run is one transaction: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, func, select

from webvartti.domain.ports import Progress
from webvartti.storage.engine import create_engine
from webvartti.storage.error_mapping import named_errors
from webvartti.storage.errors import (
    DatabaseBusy,
    DatabaseFileMissing,
    MigrationHeldUp,
    ReferencesBroken,
    RevisionUnknown,
    TransactionConflict,
)
from webvartti.storage.revisions import migrations_folder, revision_of
from webvartti.storage.schema_check import differences
from webvartti.storage.sqlite_engine import WRITING

PATIENCE = 5.0
"""Seconds that a migration waits for a table (on SQLite: for the file) that somebody holds. Whoever comes after it waits behind
it, so this is also how long requests stand still for a migration that can't go on."""
STATEMENT_TIMEOUT = "30min"
"""On PostgreSQL, for each statement of a migration: an index on a large table takes minutes, and hangs no longer than that."""
_MIGRATING = 0x57_56_4D
"""The number of the advisory lock: "WVM"."""


def unheard(done: int, total: int) -> None:
    """The progress of a run that nobody watches."""


def upgrade(url: str, revision: str = "head", progress: Progress = unheard, *, patience: float = PATIENCE) -> None:
    """Migrate up to ``revision``. Of two who do so at once one waits for the other, and finds nothing left to do.

    Raises RevisionUnknown, ReferencesBroken, MigrationHeldUp, StorageUnavailable; then nothing has changed.
    """
    with one_transaction(url, patience) as connection:
        upgrade_within(connection, revision, progress)


def upgrade_within(connection: Connection, revision: str = "head", progress: Progress = unheard) -> None:
    """As ``upgrade``, as a part of what the connection of ``one_transaction`` does."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with _named_revisions():
        steps = len(list(scripts.iterate_revisions(revision, revision_of(connection) or "base")))
        applied = iter(range(1, steps + 1))
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = lambda **step: progress(next(applied, steps), steps)
        command.upgrade(config, revision)


def downgrade(url: str, revision: str, *, patience: float = PATIENCE) -> None:
    """Migrate down to ``revision`` ("base": an empty database); what a later schema held is lost. Raises as ``upgrade``."""
    config = _config()
    with one_transaction(url, patience, make=False) as connection, _named_revisions():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """The revision of the database; None where no migration ever ran."""
    try:
        with _looking(url) as connection:
            return revision_of(connection)
    except DatabaseFileMissing:
        return None


def check(url: str) -> tuple[str, ...]:
    """How the database differs from what this version of the code expects, a line each; empty where it doesn't."""
    with _looking(url) as connection:
        return differences(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


@contextmanager
def _looking(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with named_errors(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def one_transaction(url: str, patience: float = PATIENCE, *, make: bool = True) -> Iterator[Connection]:
    """One writing transaction, committed at the end. On SQLite without foreign keys: to alter a table is to drop it there.

    They are checked before it is committed. ``make`` a SQLite file where there is none. Raises ReferencesBroken,
    MigrationHeldUp, StorageUnavailable.
    """
    engine = create_engine(url, make=make)
    sqlite = engine.dialect.name == "sqlite"
    try:
        with _held_up_by_name(), engine.connect().execution_options(**{WRITING: True}) as connection:
            if sqlite:  # has no effect once the transaction has begun; the connection isn't used again
                for setting in ("foreign_keys = OFF", f"busy_timeout = {patience * 1000:.0f}"):
                    connection.connection.cursor().execute(f"PRAGMA {setting}")
            with connection.begin():
                if not sqlite:
                    _alone(connection, patience)
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first() if sqlite else None
                if broken is not None:
                    raise ReferencesBroken(f"a row of {broken[0]} refers to a row of {broken[2]} that doesn't exist")
    finally:
        engine.dispose()


def _alone(connection: Connection, patience: float) -> None:
    """Wait for another migration to end, however long it takes; from then on lose patience with whoever holds a table."""
    _set(connection, "statement_timeout", "0")
    _set(connection, "lock_timeout", "0")
    connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
    _set(connection, "statement_timeout", STATEMENT_TIMEOUT)
    _set(connection, "lock_timeout", f"{patience * 1000:.0f}ms")


def _set(connection: Connection, setting: str, value: str) -> None:
    """Until the end of the transaction."""
    connection.execute(select(func.set_config(setting, value, True)))


@contextmanager
def _held_up_by_name() -> Iterator[None]:
    try:
        with named_errors():
            yield
    except (DatabaseBusy, TransactionConflict) as busy:
        raise MigrationHeldUp(
            "others are using what the migration changes; nothing has happened: run it again in a quiet moment, "
            "and look for long reports or backups, or another migration, if it says so again"
        ) from busy


@contextmanager
def _named_revisions() -> Iterator[None]:
    try:
        yield
    except (CommandError, RevisionError) as error:
        raise RevisionUnknown(str(error)) from error
