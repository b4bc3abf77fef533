"""Copying between databases: everything arrives, in every direction, and numbers go on where they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import delete, insert, make_url, select

from tests.databases import POSTGRESQL, SQLITE, Server, ask, execute
from tests.integration.storage.conftest import Places
from tests.integration.storage.every_table import contents
from webvartti.domain.orders import Order
from webvartti.storage import migrate
from webvartti.storage.copy_errors import SourceNotCurrent, TargetNotEmpty
from webvartti.storage.copy_target import TABLES
from webvartti.storage.copying import copy_database
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import DatabaseFileMissing, DatabaseUrlRefused
from webvartti.storage.record_tables import audit, feedback
from webvartti.storage.sqlite_engine import WRITING
from webvartti.storage.unit_of_work import Storage

EVERY_WAY = [(one, other) for one in (SQLITE, POSTGRESQL) for other in (SQLITE, POSTGRESQL)]


@pytest.mark.parametrize(("source", "target"), EVERY_WAY)
def test_every_row_of_every_table_arrives(place: Places, filled: Places, source: str, target: str) -> None:
    one, other = filled(source), place(target)
    before = contents(one)
    seen: list[tuple[int, int]] = []
    copied = copy_database(one, other, lambda done, total: seen.append((done, total)))
    assert contents(other) == before == contents(one)
    assert {table.name: table.rows for table in copied} == {table.name: 9 for table in TABLES}
    assert migrate.check(other) == ()
    assert seen[-1] == (2 * 9 * len(TABLES),) * 2
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_the_hashes_are_the_same_wherever_the_rows_are(place: Places, filled: Places) -> None:
    first = filled(SQLITE)
    places = [first, place(POSTGRESQL), place(POSTGRESQL), place(SQLITE), place(SQLITE)]
    found = [copy_database(one, other) for one, other in pairwise(places)]
    assert found == [found[0]] * 4
    assert len({table.sha256 for table in found[0]}) == len(TABLES)


def test_a_language_of_the_database_changes_nothing(
    place: Places, filled: Places, postgresql_server: Server, finnish: str
) -> None:
    """In Finnish Å stands after z, and an underline nowhere: rows are compared in one order all the same."""
    words = "SELECT key FROM attempts ORDER BY key"
    one, other = filled(SQLITE), place(SQLITE)
    first = copy_database(one, finnish)
    assert ask(finnish, words) != ask(one, words)
    assert copy_database(finnish, other) == first


@pytest.fixture
def finnish(postgresql_server: Server) -> Iterator[str]:
    made = postgresql_server.create()
    postgresql_server.drop(made)
    with psycopg.connect(postgresql_server.administrator, autocommit=True) as connection:
        name = make_url(made).database
        options = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'fi-FI' LOCALE 'C.UTF-8'"
        connection.execute(f"CREATE DATABASE {name} {options}".encode())
    yield made
    postgresql_server.drop(made)


@pytest.mark.parametrize("target", [SQLITE, POSTGRESQL])
def test_a_migrated_target_without_rows_will_do(place: Places, filled: Places, target: str) -> None:
    one, other = filled(SQLITE), place(target)
    migrate.upgrade(other)
    copy_database(one, other)
    assert contents(other) == contents(one)


@pytest.mark.parametrize(("source", "target"), EVERY_WAY)
def test_the_number_of_a_deleted_entry_is_not_given_again(place: Places, filled: Places, source: str, target: str) -> None:
    one, other = filled(source), place(target)
    _add(one, 3)
    execute(one, "DELETE FROM audit WHERE id > 10")
    copy_database(one, other)
    _add(other, 1)
    assert ask(other, "SELECT max(id) FROM audit") == [(13,)]


def _add(url: str, count: int) -> None:
    """Entries whose number the database gives."""
    engine = create_engine(url)
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        row = connection.execute(select(audit).limit(1)).mappings().one()
        for _ in range(count):
            connection.execute(insert(audit), {name: value for name, value in row.items() if name != "id"})
    engine.dispose()


@pytest.mark.parametrize("target", [SQLITE, POSTGRESQL])
def test_orders_are_placed_on_the_copy_as_before(
    place: Places, filled: Places, target: str, numbered: Callable[..., Order]
) -> None:
    one, other = filled(SQLITE), place(target)
    copy_database(one, other)
    engine = create_engine(other)
    with Storage(engine).writing() as unit:
        unit.orders.add(numbered(77))
        unit.commit()
    with Storage(engine).reading() as unit:
        assert unit.orders.get("WV-2026-000077") == numbered(77)
    engine.dispose()
    assert ask(other, "SELECT max(id) FROM orders") == [(10,)]


def _keep_only_feedback(url: str) -> None:
    engine = create_engine(url)
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        for table in reversed(TABLES):
            if table is not feedback:
                connection.execute(delete(table))
    engine.dispose()


@pytest.mark.parametrize("target", [SQLITE, POSTGRESQL])
def test_only_an_empty_target_is_written_to(place: Places, filled: Places, target: str) -> None:
    one, full, old, foreign = filled(SQLITE), filled(target), place(target), place(target)
    _keep_only_feedback(full)
    migrate.upgrade(old, "0005")
    execute(foreign, "CREATE TABLE cats (name TEXT)")
    for other, named in ((full, "rows in feedback"), (old, "0005"), (foreign, "cats"), (one, "there are rows in")):
        before = migrate.check(other)
        with pytest.raises(TargetNotEmpty, match=named):
            copy_database(one, other)
        assert migrate.check(other) == before
    assert len(contents(full)["feedback"]) == 9


def test_a_source_must_be_there_and_at_this_program_s_revision(tmp_path: Path, place: Places) -> None:
    other, missing, old = place(SQLITE), tmp_path / "missing.db", place(POSTGRESQL)
    with pytest.raises(DatabaseFileMissing, match=r"missing\.db"):
        copy_database(f"sqlite:///{missing}", other)
    assert not missing.exists()
    with pytest.raises(SourceNotCurrent, match="no revision"):
        copy_database(old, other)
    migrate.upgrade(old, "0005")
    with pytest.raises(SourceNotCurrent, match=r"0005.*`webvartti database upgrade`"):
        copy_database(old, other)
    migrate.upgrade(old)
    execute(old, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SourceNotCurrent, match=r"9999.*newer"):
        copy_database(old, other)


def test_other_addresses_are_refused_without_repeating_a_password(filled: Places) -> None:
    good = filled(SQLITE)
    for one, other in (("mysql://x:secret@host/x", good), (good, "postgresql://x:secret@host/x")):
        with pytest.raises(DatabaseUrlRefused) as refused:
            copy_database(one, other)
        assert "secret" not in str(refused.value)
