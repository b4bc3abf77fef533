"""How the database is reached: which addresses, which file mode, which settings."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from tests.databases import away
from webvartti.domain.errors import NotFound, StorageUnavailable
from webvartti.domain.orders import Order
from webvartti.domain.repositories import Draft
from webvartti.storage import migrate, revisions
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import DatabaseFileMissing, DatabaseFolderMissing, DatabaseUrlRefused
from webvartti.storage.schema_state import SchemaState
from webvartti.storage.unit_of_work import Storage


def test_a_new_file_can_be_read_by_its_owner_only(tmp_path: Path, order: Order) -> None:
    old = os.umask(0o000)
    try:
        url = f"sqlite:///{tmp_path}/new.db"
        migrate.upgrade(url)
        engine = create_engine(url)
        with Storage(engine).writing() as unit:
            unit.orders.add(order)
            unit.commit()
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(old)
    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}


def test_an_existing_file_keeps_its_content(database: Path) -> None:
    url = f"sqlite:///{database}"
    create_engine(url).dispose()
    assert migrate.current(url) == revisions.head()


@pytest.mark.only_sqlite("its pragmas")
def test_the_pragmas_are_in_force_on_every_connection(engine: Engine) -> None:
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.execute(text(f"PRAGMA {pragma}")).scalar() for pragma in pragmas]
            assert found == ["wal", 2, 1, 5000]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFolderMissing, match="nowhere"):
        create_engine(f"sqlite:///{tmp_path}/nowhere/webvartti.db")


def test_a40_a_program_that_starts_while_the_file_is_away_makes_no_new_one(
    tmp_path: Path, database: Path, order: Order
) -> None:
    """Were one made, SQLite would delete the log of the old one, and with it what was stored last."""
    url = f"sqlite:///{database}"
    program = Storage(create_engine(url))
    with program.writing() as unit:
        unit.orders.add(order)
        unit.commit()
    database.rename(tmp_path / "away.db")
    assert (tmp_path / f"{database.name}-wal").stat().st_size
    for start in (create_engine, migrate.upgrade):
        with pytest.raises(DatabaseFileMissing, match="put"):
            start(url)
    assert migrate.current(url) is None
    assert not database.exists()
    (tmp_path / "away.db").rename(database)
    with program.reading() as unit:
        assert unit.orders.get(order.number) == order


def test_a_folder_in_place_of_the_file_is_unavailable(tmp_path: Path, order: Order) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}")
    with pytest.raises(StorageUnavailable), Storage(engine).reading():
        pass


@pytest.mark.parametrize(
    "url",
    [
        "",
        "webvartti.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x.db",
        "sqlite:///x.db?timeout=1",
        "sqlite+aiosqlite:///x.db",
        "mysql://webvartti:secret@localhost/webvartti",
        "postgresql+pg8000://webvartti:secret@localhost/webvartti",
        "postgresql://webvartti:secret@localhost:port/webvartti",
    ],
)
def test_other_addresses_are_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(DatabaseUrlRefused) as refused:
        create_engine(url)
    assert str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_relative_file_stays_where_it_was_when_the_engine_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    migrate.upgrade("sqlite:///webvartti.db")
    engine = create_engine("sqlite:///webvartti.db")
    monkeypatch.chdir(tmp_path / "other")
    assert SchemaState(engine)()
    engine.dispose()
    assert list((tmp_path / "other").iterdir()) == []


def test_a40_a_database_that_goes_is_noticed_and_its_return_too(url: str, storage: Storage, order: Order) -> None:
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()
    with away(url):
        with pytest.raises(StorageUnavailable), storage.writing():
            pass
        with pytest.raises(StorageUnavailable), storage.reading():
            pass
    with storage.reading() as unit:
        assert unit.orders.get(order.number) == order


@pytest.mark.only_sqlite("its own limit on pages raises the same SQLITE_FULL as the disk does")
def test_a40_a_full_disk_is_unavailable_and_loses_nothing(engine: Engine, storage: Storage, order: Order) -> None:
    large = Draft(order.person, order.card, {"street": "Å" * 100_000}, order.placed_at)

    def place() -> None:
        with storage.writing() as unit:
            unit.orders.add(order)
            unit.drafts.put(large)
            unit.commit()

    _limit_pages(engine, 1)
    with pytest.raises(StorageUnavailable, match="SQLITE_FULL") as unavailable:
        place()
    assert isinstance(unavailable.value.__cause__, OperationalError)
    with storage.reading() as unit, pytest.raises(NotFound):
        unit.orders.get(order.number)
    _limit_pages(engine, 1_000_000)
    place()
    with storage.reading() as unit:
        assert unit.orders.get(order.number) == order


def _limit_pages(engine: Engine, count: int) -> None:
    """Of the one connection that the pool holds."""
    with engine.connect() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {count}"))


def test_a40_a_locked_database_is_unavailable(
    database: Path, order: Order, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webvartti.storage.sqlite_engine.BUSY_TIMEOUT", 0.05)
    engine = create_engine(f"sqlite:///{database}")
    storage = Storage(engine)
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match="SQLITE_BUSY"), storage.writing():
        pass
    with storage.reading() as unit:
        assert unit.contacts.get(order.person) is None
    other.execute("COMMIT")
    other.close()
    with storage.writing() as unit:
        unit.contacts.put(order.person, order.contact, now)
        unit.commit()
    engine.dispose()


def test_a40_a_database_without_tables_is_unavailable(empty_url: str, order: Order) -> None:
    engine = create_engine(empty_url, make=True)
    with Storage(engine).reading() as unit, pytest.raises(StorageUnavailable):
        unit.orders.get(order.number)
    assert not SchemaState(engine)()
    engine.dispose()


def test_a33_an_error_never_repeats_the_values(empty_url: str, order: Order) -> None:
    engine = create_engine(empty_url, make=True)
    with Storage(engine).writing() as unit, pytest.raises(StorageUnavailable) as unavailable:
        unit.orders.add(order)
    told = f"{unavailable.value} {unavailable.value.__cause__}"
    assert "no such table" in told or "UndefinedTable" in told
    assert "Mannerheim" not in told
    assert "00098705718" not in told
    engine.dispose()
