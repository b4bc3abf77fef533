"""Migrations: up, down, interrupted, and whether they lead to the schema of the code."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.orders import Order
from webvartti.storage import migrate
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import ReferencesBroken, RevisionUnknown
from webvartti.storage.schema import metadata
from webvartti.storage.schema_state import SchemaState
from webvartti.storage.sqlite_engine import WRITING
from webvartti.storage.unit_of_work import Storage


def _ddl(file: Path) -> dict[str, list[str]]:
    """What each table and index was made with, line by line, in whatever order."""
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: sorted(line.strip().rstrip(",") for line in sql.splitlines()) for name, sql in rows}


def _execute(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_empty_database_is_brought_to_head_with_progress(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/webvartti.db"
    steps: list[tuple[int, int]] = []
    assert migrate.current(url) is None
    migrate.upgrade(url, progress=lambda done, total: steps.append((done, total)))
    assert migrate.current(url) == migrate.head()
    assert steps[-1] == (len(steps), len(steps))
    before = list(steps)
    migrate.upgrade(url, progress=lambda done, total: steps.append((done, total)))
    assert steps == before


def test_the_migrations_lead_to_the_schema_of_the_code(tmp_path: Path, database: Path) -> None:
    assert migrate.check(f"sqlite:///{database}") == ()
    engine = create_engine(f"sqlite:///{tmp_path}/made.db")
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        metadata.create_all(connection)
        connection.commit()
    engine.dispose()
    migrated = _ddl(database)
    del migrated["alembic_version"]
    assert migrated == _ddl(tmp_path / "made.db")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DROP INDEX uq_orders_one_open_order_a_card", "uq_orders_one_open_order_a_card"),
        ("ALTER TABLE orders DROP COLUMN recipient", "recipient"),
        ("ALTER TABLE feedback ADD COLUMN stars INTEGER", "stars"),
        ("DROP TABLE outbox", "outbox"),
        ("CREATE TABLE foreign_body (id INTEGER)", "foreign_body"),
    ],
)
def test_check_names_every_difference(database: Path, statement: str, named: str) -> None:
    _execute(database, statement)
    found = migrate.check(f"sqlite:///{database}")
    assert any(named in line for line in found)


def test_check_sees_a_lost_rule(database: Path) -> None:
    """SQLite can't drop a check, so the table is made anew with another one."""
    connection = sqlite3.connect(database)
    (made_with,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'outbox'").fetchone()
    connection.close()
    _execute(database, "DROP TABLE outbox", made_with.replace("ck_outbox_kind", "ck_outbox_other"))
    found = migrate.check(f"sqlite:///{database}")
    assert "add_check outbox ck_outbox_kind" in found
    assert "remove_check outbox ck_outbox_other" in found


def test_a38_up_and_down_and_up_with_data(database: Path, storage: Storage, engine: Engine, order: Order) -> None:
    url = f"sqlite:///{database}"
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()
    migrate.upgrade(url)
    with storage.reading() as unit:
        assert unit.orders.get(order.number) == order
    engine.dispose()
    migrate.downgrade(url, "base")
    assert migrate.current(url) is None
    assert not SchemaState(engine)()
    assert set(_ddl(database)) == {"alembic_version", "sqlite_sequence"}
    migrate.upgrade(url)
    assert SchemaState(engine)()
    assert migrate.check(url) == ()
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()


def test_a38_an_interrupted_migration_has_done_nothing_and_can_be_run_again(tmp_path: Path) -> None:
    file = tmp_path / "webvartti.db"
    url = f"sqlite:///{file}"

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate.upgrade(url, progress=interrupt)
    assert _ddl(file) == {}
    migrate.upgrade(url)
    assert migrate.check(url) == ()


def test_a38_a_migration_that_fails_half_way_has_done_nothing(tmp_path: Path) -> None:
    file = tmp_path / "webvartti.db"
    _execute(file, "CREATE TABLE snapshots (in_the_way INTEGER)")
    with pytest.raises(StorageUnavailable):
        migrate.upgrade(f"sqlite:///{file}")
    assert set(_ddl(file)) == {"snapshots"}


def test_a_migration_that_would_leave_broken_references_is_undone(database: Path, storage: Storage, order: Order) -> None:
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()
    _execute(database, "DELETE FROM orders")  # a bare connection has no foreign keys in force
    with pytest.raises(ReferencesBroken):
        migrate.upgrade(f"sqlite:///{database}")


def test_unknown_revisions_are_named(database: Path) -> None:
    url = f"sqlite:///{database}"
    with pytest.raises(RevisionUnknown, match="9999"):
        migrate.upgrade(url, "9999")
    with pytest.raises(RevisionUnknown):
        migrate.downgrade(url, "9999")
    _execute(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RevisionUnknown, match="9999"):
        migrate.upgrade(url)
    assert migrate.current(url) == "9999"


def test_the_history_is_one_line_and_imports_nothing_of_the_package() -> None:
    folder = Path(migrate.__file__).parents[2] / "migrations" / "versions"
    files = sorted(folder.glob("[0-9]*.py"))
    assert files
    assert not [file.name for file in files if "webvartti" in file.read_text()]
