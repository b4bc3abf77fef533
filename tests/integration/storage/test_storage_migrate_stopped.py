"""Migrations that are interrupted, killed, held up, or run by two at once: all of it or nothing, and again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Connection, NullPool

from tests.databases import ask, execute, is_sqlite
from tests.integration.storage.released import content, store
from tests.integration.storage.shapes import shape
from webvartti.demo.country import Country
from webvartti.demo.environment import environment
from webvartti.domain.errors import StorageUnavailable
from webvartti.storage import migrate, revisions
from webvartti.storage.errors import MigrationHeldUp

ROOT = Path(__file__).parents[3]
MANY = 8_000


@pytest.fixture
def first_url(empty_url: str) -> str:
    """A database of the first release, with data."""
    migrate.upgrade(empty_url, "0001")
    store(empty_url, "0001")
    return empty_url


def test_a38_an_interrupted_migration_has_done_nothing_and_can_be_run_again(first_url: str) -> None:
    before, made = content(first_url), shape(first_url)
    steps = len(revisions.history()) - 1
    for interrupted in range(1, steps + 1):

        def interrupt(done: int, total: int, last: int = interrupted) -> None:
            if done == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            migrate.upgrade(first_url, progress=interrupt)
        assert (content(first_url), shape(first_url), migrate.current(first_url)) == (before, made, "0001")
    migrate.upgrade(first_url)
    assert migrate.check(first_url) == ()


def test_a38_a_migration_that_fails_half_way_has_done_nothing(empty_url: str) -> None:
    execute(empty_url, "CREATE TABLE snapshots (in_the_way INTEGER)")
    with pytest.raises(StorageUnavailable):
        migrate.upgrade(empty_url)
    assert set(shape(empty_url)) == {"snapshots"}
    execute(empty_url, "DROP TABLE snapshots")
    migrate.upgrade(empty_url)


def wait_until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_migrating(url: str) -> bool:
    """PostgreSQL tells who does what (the new tables of 0005 get a row for every order), SQLite only that its file is held."""
    if is_sqlite(url):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                time.sleep(0.2)
                return True
        return False
    filling = "state = 'active' AND starts_with(query, 'INSERT INTO order_names')"
    return ask(url, f"SELECT count(*) FROM pg_stat_activity WHERE {filling}") == [(1,)]  # noqa: S608 - the words above


def test_a38_a_migration_that_is_killed_in_the_middle_has_done_nothing(first_url: str, country: Country) -> None:
    """The command, killed with -9 while it makes tables and fills them."""
    columns = ", ".join(name for name in content(first_url)["orders"][0] if name not in ("id", "number", "card_serial"))
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"  # noqa: S608 - a number
    many = f"{numbers} SELECT i, 'WV-' || i, '' || i, {columns} FROM orders, n WHERE orders.id = 1"  # noqa: S608 - as below
    execute(first_url, f"INSERT INTO orders (id, number, card_serial, {columns}) {many}")
    made = shape(first_url)
    environ = {**os.environ, **environment(country), "WEBVARTTI_DATABASE_URL": first_url}
    process = subprocess.Popen([sys.executable, "-m", "webvartti.main", "database", "upgrade"], cwd=ROOT, env=environ)
    try:
        wait_until(lambda: is_migrating(first_url) or process.poll() is not None)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL  # it wasn't done before
    assert (shape(first_url), migrate.current(first_url)) == (made, "0001")
    migrate.upgrade(first_url)
    assert migrate.check(first_url) == ()
    assert ask(first_url, "SELECT count(*) FROM cases") == ask(first_url, "SELECT count(*) FROM orders")


SLOWLY = """
import sys
from pathlib import Path
from time import sleep
from webvartti.storage import migrate, revisions
done = []
def progress(step, total):
    done.append(step)
    Path(sys.argv[2]).touch()
    while not Path(sys.argv[3]).exists():
        sleep(0.01)
migrate.upgrade(sys.argv[1], progress=progress)
print(len(done))
"""


def slowly(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SLOWLY, *arguments], cwd=ROOT, stdout=subprocess.PIPE)


def test_two_at_once_do_the_work_once(first_url: str, tmp_path: Path) -> None:
    steps = len(revisions.history()) - 1
    first = slowly(first_url, tmp_path / "begun", tmp_path / "go")
    wait_until((tmp_path / "begun").exists)
    second = slowly(first_url, tmp_path / "second", tmp_path / "go")
    if is_sqlite(first_url):
        time.sleep(1)  # nothing tells who waits for the file
    else:
        wait_until(lambda: ask(first_url, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)])
    (tmp_path / "go").touch()
    assert [(each.communicate(timeout=60)[0].strip(), each.returncode) for each in (first, second)] == [
        (str(steps).encode(), 0),
        (b"0", 0),
    ]
    assert migrate.check(first_url) == ()


def holding(url: str, statement: str) -> Connection:
    """Somebody whose transaction goes on."""
    connection = sqlalchemy.create_engine(url, poolclass=NullPool).connect()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite(url) else statement)
    return connection


def test_a_migration_that_is_held_up_says_so_and_is_run_again(first_url: str) -> None:
    before = content(first_url)
    with holding(first_url, "SELECT * FROM order_events"):
        with pytest.raises(MigrationHeldUp, match="run it again"):
            migrate.upgrade(first_url, patience=0.2)
        with pytest.raises(MigrationHeldUp, match="nothing has happened"):
            migrate.downgrade(first_url, "base", patience=0.2)
    assert content(first_url) == before
    migrate.upgrade(first_url, patience=0.2)
    assert migrate.check(first_url) == ()


@pytest.mark.only_postgresql("SQLite's readers never wait")
def test_nobody_stands_behind_a_migration_longer_than_it_is_patient(first_url: str) -> None:
    """The migration wants a table to itself that a long report reads; whoever reads after it waits for both."""
    patience = 0.6
    with holding(first_url, "SELECT * FROM order_events"), ThreadPoolExecutor(1) as pool:
        migration = pool.submit(migrate.upgrade, first_url, patience=patience)
        wait_until(lambda: ask(first_url, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)])
        started = time.monotonic()
        assert len(ask(first_url, "SELECT * FROM order_events")) == 5
        waited = time.monotonic() - started
        with pytest.raises(MigrationHeldUp):
            migration.result()
    assert 0.1 < waited < patience + 0.5
