"""Moving 100,000 orders from SQLite to PostgreSQL, verified, against raw sqlite3 reads and psycopg COPY of the same rows.

Run with `make bench`. Only the ratio counts: both sides run in turn on one machine, against one durable PostgreSQL.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Boolean

from tests.benchmarks.many_orders import make_orders
from tests.databases import Cluster, running_cluster
from webvartti.storage import migrate
from webvartti.storage.copy_target import TABLES

ORDERS = 100_000
LEAST_RATIO = 0.1
MOST_GROWTH = 25
"""Megabytes of memory that ten times as many orders may cost."""

COPY = """
import re, sys
from pathlib import Path
from webvartti.storage.copying import copy_database
print(sum(table.rows for table in copy_database(sys.argv[1], sys.argv[2])))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster(Path(tempfile.mkdtemp(prefix="webvartti-pg-")), {}) as running:
        yield running


def empty_database(cluster: Cluster, name: str) -> str:
    with psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return name


def copied(file: Path, url: str) -> tuple[float, int, float]:
    """(seconds, rows, the most megabytes) of a copy in a process of its own, whose start is counted too."""
    started = time.perf_counter()
    words = [sys.executable, "-c", COPY, f"sqlite:///{file}", url]
    rows, most = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return time.perf_counter() - started, int(rows), int(most) / 1024


def copied_raw(file: Path, address: str) -> tuple[float, int]:
    """(seconds, rows) of one transaction in which nothing is compared; SQLite's 0 and 1 are what COPY takes for a boolean."""
    started, rows = time.perf_counter(), 0
    with sqlite3.connect(file) as source, psycopg.connect(address) as target:
        for table in TABLES:
            names = ", ".join(column.name for column in table.columns)
            with target.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as copy:
                for row in source.execute(f"SELECT {names} FROM {table.name}"):  # noqa: S608 - names of the schema
                    copy.write_row(row)
                    rows += 1
    source.close()
    return time.perf_counter() - started, rows


@pytest.mark.timeout(900)
def test_a_move_against_raw_reads_and_copy(tmp_path: Path, cluster: Cluster) -> None:
    assert any(isinstance(column.type, Boolean) for table in TABLES for column in table.columns)
    file, tenth = tmp_path / "orders.db", tmp_path / "tenth.db"
    for each, count in ((file, ORDERS), (tenth, ORDERS // 10)):
        make_orders(each, count, count // 50)
    _, _, little = copied(tenth, cluster.url(empty_database(cluster, "tenth")))
    took, rows, most = copied(file, cluster.url(empty_database(cluster, "ours")))
    migrate.upgrade(cluster.url(empty_database(cluster, "raw")))
    raw, raw_rows = copied_raw(file, cluster.address("raw"))
    assert rows == raw_rows
    print(f"\ncopy: {ORDERS} orders ({rows} rows) in {took:.0f} s, {rows / took:.0f} rows/s; raw {rows / raw:.0f} rows/s")
    print(f"copy: ratio {raw / took:.2f}; memory {most:.0f} MB, of a tenth of the orders {little:.0f} MB")
    assert raw / took > LEAST_RATIO
    assert most - little < MOST_GROWTH
