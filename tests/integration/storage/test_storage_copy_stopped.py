"""A copy that is stopped, at any moment and by anything, leaves the target as it was; the next one does it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.databases import POSTGRESQL, SQLITE, Server, execute, running_cluster
from tests.integration.storage.conftest import Places
from tests.integration.storage.disks import Disk
from tests.integration.storage.every_table import contents
from webvartti.domain.errors import StorageUnavailable
from webvartti.storage import migrate
from webvartti.storage.copying import copy_database

CHILD = """
import signal, sys, time
from webvartti.storage.copying import copy_database
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests in the background ignores it

def wait_at_the_moment(done, total):
    if done >= total * float(sys.argv[3]):
        print("here", flush=True)
        time.sleep(120)

copy_database(sys.argv[1], sys.argv[2], wait_at_the_moment)
"""
MOMENTS = {"copying": "0.2", "comparing": "0.7", "before the commit": "1"}


@pytest.mark.parametrize("target", [SQLITE, POSTGRESQL])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a39_a_copy_that_is_killed_has_done_nothing(place: Places, filled: Places, target: str, number: signal.Signals) -> None:
    one, other = filled(SQLITE), place(target)
    for moment in MOMENTS.values():
        words = [sys.executable, "-c", CHILD, one, other, moment]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
            try:
                assert child.stdout is not None
                assert child.stdout.readline() == "here\n"
            finally:
                child.send_signal(number)
                assert child.wait(30) != 0
        assert migrate.current(other) is None
    copy_database(one, other)
    assert contents(other) == contents(one)


@pytest.mark.parametrize("lost", ["source", "target"])
def test_a40_a_connection_that_breaks_is_named(place: Places, filled: Places, postgresql_server: Server, lost: str) -> None:
    one, other = filled(POSTGRESQL), place(POSTGRESQL)
    name = make_url(one if lost == "source" else other).database

    def cut(done: int, total: int) -> None:
        if done > total * 0.3:
            with psycopg.connect(postgresql_server.administrator) as connection:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    with pytest.raises(StorageUnavailable):
        copy_database(one, other, cut)
    assert migrate.current(other) is None
    copy_database(one, other)


def many_letters(url: str) -> None:
    """Sixteen megabytes of them, in a SQLite database."""
    row = "SELECT 'WV-1', kind, at, hex(randomblob(8192)) FROM letters WHERE id = 1"  # to be compressed by half, no more
    execute(url, *[f"INSERT INTO letters (number, kind, at, text) {row}"] * 1000)


def test_a40_a_full_disk_below_sqlite_is_named(filled: Places, small_disk: Disk) -> None:
    one, other = filled(SQLITE), f"sqlite:///{small_disk.directory}/copy.db"
    many_letters(one)
    with pytest.raises(StorageUnavailable, match="SQLITE_FULL"):
        copy_database(one, other)
    assert migrate.current(other) is None
    small_disk.resize("128m")
    copy_database(one, other)
    assert contents(other) == contents(one)


def test_a40_a_full_disk_below_postgresql_is_named(filled: Places, small_disk: Disk) -> None:
    one = filled(SQLITE)
    many_letters(one)
    small_disk.resize("10m")  # a database without tables takes seven
    place = Path(tempfile.mkdtemp(prefix="webvartti-pg-"))
    with running_cluster(place) as cluster, psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
        os.chown(small_disk.directory, *owner(cluster.data))
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk.directory}'".encode())
        connection.execute("CREATE DATABASE copy TEMPLATE template0 TABLESPACE small")
        other = cluster.url("copy")
        with pytest.raises(StorageUnavailable, match="DiskFull"):
            copy_database(one, other)
        assert migrate.current(other) is None
        small_disk.resize("128m")
        copy_database(one, other)
        assert contents(other) == contents(one)


def owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid
