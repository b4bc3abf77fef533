"""What can't be copied is named by table and primary key, never by what it holds; and nothing is copied."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from tests.databases import POSTGRESQL, SQLITE, execute
from tests.integration.storage.conftest import Places
from webvartti.domain.errors import WebVarttiError
from webvartti.storage import migrate, revisions
from webvartti.storage.copy_errors import CopyDiffers, RowRefused, RowUnreadable, SourceChanged, TargetNotEmpty
from webvartti.storage.copying import copy_database
from webvartti.storage.errors import ReferencesBroken

UNREADABLE = [
    ("UPDATE orders SET recipient = CAST(X'536563726574FF' AS TEXT) WHERE id = 5", "orders, id=5"),
    ("UPDATE orders SET placed_at = 'Secret' WHERE id = 9", "orders, id=9"),
    ("UPDATE orders SET valid_until = 'Secret' WHERE id = 1", "orders, id=1"),
    ("UPDATE audit SET detail = '{\"Secret' WHERE id = 3", "audit, id=3"),
    ("UPDATE attempts SET key = CAST(X'536563726574FF' AS TEXT) WHERE key = 'å4'", "attempts, row 2 by primary key"),
]
REFUSED = [
    ("UPDATE orders SET recipient = 'Secret' || char(0) || 'x' WHERE id = 4", "orders, id=4 (value-not-storable"),
    ("UPDATE orders SET version = 1099511627776 WHERE id = 4", "orders, id=4 (value-not-storable"),
    ("UPDATE orders SET version = 'Secret' WHERE id = 4", "orders, id=4 (value-not-storable"),
    ("UPDATE letters SET text = 'Secret' || char(0) WHERE id = 9", "letters, id=9 (value-not-storable"),
    ("UPDATE audit SET detail = '{\"Secret\": NaN}' WHERE id = 7", "audit, id=7 (value-not-storable"),
    ('UPDATE audit SET detail = \'{"Secret": "\\ud800"}\' WHERE id = 7', "audit, id=7 (value-not-storable"),
    ("DELETE FROM orders WHERE id = 6", "cases, order_id=6 (constraint-violated"),
    ("UPDATE order_names SET word = 'Secret' || char(0) WHERE order_id = 2", "order_names, order_id=2 (value-not-storable"),
    ("UPDATE attempts SET key = 'a' || char(0) WHERE key = 'å4'", "attempts, key='a\\x00' (value-not-storable"),
]


def damage(url: str, statement: str) -> None:
    """As SQLite lets anybody do: any value in any column, whatever the rules say."""
    with sqlite3.connect(make_url(url).database or "") as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
    connection.close()


def damaged(good: str, one: str, statement: str) -> str:
    """A copy of the file of ``good``, damaged: its address."""
    shutil.copy(make_url(good).database or "", make_url(one).database or "")
    damage(one, statement)
    return one


def refused(one: str, other: str, error: type[WebVarttiError]) -> str:
    """The text of the refusal, after which the target has no table."""
    with pytest.raises(error) as found:
        copy_database(one, other)
    assert migrate.current(other) is None
    assert "Secret" not in f"{found.value} {found.value.__cause__}"
    return str(found.value)


@pytest.mark.parametrize("target", [SQLITE, POSTGRESQL])
def test_what_can_not_be_read_is_named(place: Places, filled: Places, target: str) -> None:
    good, other = filled(SQLITE), place(target)
    for statement, named in UNREADABLE:
        one = damaged(good, place(SQLITE), statement)
        assert refused(one, other, RowUnreadable) == named
    copy_database(good, other)


def test_what_postgresql_can_not_hold_is_named(place: Places, filled: Places) -> None:
    good, other = filled(SQLITE), place(POSTGRESQL)
    for statement, named in REFUSED:
        one = damaged(good, place(SQLITE), statement)
        assert refused(one, other, RowRefused).startswith(named)
    copy_database(good, other)


def test_what_postgresql_would_hold_otherwise_is_named(place: Places, filled: Places) -> None:
    one, other = filled(SQLITE), place(POSTGRESQL)
    damage(one, "UPDATE feedback SET text = X'536563726574' WHERE id = 8")
    assert refused(one, other, CopyDiffers) == "feedback, id=8"


def test_a_row_that_refers_to_nothing_stops_a_copy_to_sqlite_too(place: Places, filled: Places) -> None:
    one, other = filled(SQLITE), place(SQLITE)
    damage(one, "DELETE FROM orders WHERE id = 6")
    assert "orders" in refused(one, other, ReferencesBroken)


def test_nul_in_json_is_copied_as_it_is(place: Places, filled: Places) -> None:
    """PostgreSQL's type json keeps the text; only jsonb couldn't."""
    one, other = filled(SQLITE), place(POSTGRESQL)
    damage(one, 'UPDATE audit SET detail = \'{"a": "\\u0000"}\' WHERE id = 1')
    copy_database(one, other)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET version = version + 1 WHERE id = 3",
        "DELETE FROM attempts WHERE spent_until IN (SELECT min(spent_until) FROM attempts)",
        "INSERT INTO attempts VALUES ('new', 1)",
    ],
)
@pytest.mark.parametrize("source", [SQLITE, POSTGRESQL])
def test_a_source_that_is_written_to_meanwhile_is_noticed(place: Places, filled: Places, source: str, statement: str) -> None:
    """Also at the last moment, and by a change of no more than one row."""
    one, other = filled(source), place(SQLITE)

    def write_at_the_end(done: int, total: int) -> None:
        if done == total:
            execute(one, statement)

    with pytest.raises(SourceChanged):
        copy_database(one, other, write_at_the_end)
    assert migrate.current(other) is None
    copy_database(one, other)


@pytest.mark.parametrize("source", [SQLITE, POSTGRESQL])
def test_reading_the_source_meanwhile_changes_nothing(place: Places, filled: Places, source: str) -> None:
    one, other = filled(source), place(SQLITE)

    def read(done: int, total: int) -> None:
        assert migrate.current(one) == revisions.head()

    copy_database(one, other, read)
    assert migrate.current(other) == revisions.head()


def test_nobody_writes_to_a_postgresql_target_meanwhile(place: Places, filled: Places) -> None:
    one, other = filled(SQLITE), place(POSTGRESQL)
    migrate.upgrade(other)
    address = make_url(other).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as stranger:
        stranger.execute("SET lock_timeout = '50ms'")
        refusals: list[str | None] = []

        def write(done: int, total: int) -> None:
            try:
                stranger.execute("INSERT INTO attempts VALUES ('new', 1)")
            except psycopg.OperationalError as error:
                refusals.append(error.sqlstate)

        copy_database(one, other, write)
    assert set(refusals) == {"55P03"}


def test_of_two_copies_to_one_target_the_second_finds_it_full(place: Places, filled: Places) -> None:
    one, other = filled(SQLITE), place(POSTGRESQL)
    with ThreadPoolExecutor() as pool:
        seconds: list[Future[Any]] = []

        def again(done: int, total: int) -> None:
            if not seconds:
                seconds.append(pool.submit(copy_database, one, other))

        copy_database(one, other, again)
        with pytest.raises(TargetNotEmpty):
            seconds[0].result()
