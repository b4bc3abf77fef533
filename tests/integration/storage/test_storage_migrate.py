"""Migrations: up, down, and whether they lead to the schema of the code."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.databases import ask, execute, is_sqlite
from tests.integration.storage.shapes import shape
from webvartti.domain.orders import Order
from webvartti.storage import migrate, revisions
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import ReferencesBroken, RevisionUnknown
from webvartti.storage.schema import metadata
from webvartti.storage.schema_state import SchemaState
from webvartti.storage.sqlite_engine import WRITING
from webvartti.storage.unit_of_work import Storage


def test_an_empty_database_is_brought_to_head_with_progress(empty_url: str) -> None:
    steps: list[tuple[int, int]] = []
    assert migrate.current(empty_url) is None
    migrate.upgrade(empty_url, progress=lambda done, total: steps.append((done, total)))
    assert migrate.current(empty_url) == revisions.head()
    assert steps[-1] == (len(steps), len(steps))
    before = list(steps)
    migrate.upgrade(empty_url, progress=lambda done, total: steps.append((done, total)))
    assert steps == before


def test_the_migrations_lead_to_the_schema_of_the_code(url: str, empty_url: str) -> None:
    assert migrate.check(url) == ()
    engine = create_engine(empty_url, make=True)
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        metadata.create_all(connection)
        connection.commit()
    engine.dispose()
    assert shape(url) == shape(empty_url)


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
def test_check_names_every_difference(url: str, statement: str, named: str) -> None:
    execute(url, statement)
    assert any(named in line for line in migrate.check(url))


def test_check_sees_a_lost_rule(url: str) -> None:
    """SQLite can't drop a check, so the table is made anew with another one."""
    if is_sqlite(url):
        ((made_with,),) = ask(url, "SELECT sql FROM sqlite_master WHERE name = 'outbox'")
        execute(url, "DROP TABLE outbox", made_with.replace("ck_outbox_kind", "ck_outbox_other"))
    else:
        execute(url, "ALTER TABLE outbox RENAME CONSTRAINT ck_outbox_kind TO ck_outbox_other")
    found = migrate.check(url)
    assert "add_check outbox ck_outbox_kind" in found
    assert "remove_check outbox ck_outbox_other" in found


def test_a38_up_and_down_and_up_with_data(url: str, storage: Storage, engine: Engine, order: Order) -> None:
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
    assert shape(url) == {}
    migrate.upgrade(url)
    assert SchemaState(engine)()
    assert migrate.check(url) == ()
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()


def test_a_migration_that_would_leave_broken_references_is_undone(database: Path, storage: Storage, order: Order) -> None:
    """Only SQLite can have them: there foreign keys are off while tables are made anew, and in any other program."""
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()
    url = f"sqlite:///{database}"
    execute(url, "DELETE FROM orders")
    with pytest.raises(ReferencesBroken):
        migrate.upgrade(url)


def test_unknown_revisions_are_named(url: str) -> None:
    with pytest.raises(RevisionUnknown, match="9999"):
        migrate.upgrade(url, "9999")
    with pytest.raises(RevisionUnknown):
        migrate.downgrade(url, "9999")
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RevisionUnknown, match="9999"):
        migrate.upgrade(url)
    assert migrate.current(url) == "9999"


def test_the_history_is_one_line_and_imports_nothing_of_the_package() -> None:
    folder = Path(migrate.__file__).parents[2] / "migrations" / "versions"
    files = sorted(folder.glob("[0-9]*.py"))
    assert files
    assert not [file.name for file in files if "webvartti" in file.read_text()]
