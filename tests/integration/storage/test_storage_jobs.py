"""Who does which job: two workers on one database, one of them dying, and clocks that are wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from tests.databases import ask, away, execute, is_sqlite
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.jobs import LEASE, Job, JobBoard
from webvartti.storage.engine import create_engine
from webvartti.storage.jobs import job_board
from webvartti.storage.unit_of_work import Storage

SECOND = timedelta(seconds=1)
Board = Callable[[str], JobBoard]


@pytest.fixture
def board(url: str) -> Iterator[Board]:
    """``board("one")``: a worker's of its own, on connections of its own."""
    engines = []

    def make(holder: str) -> JobBoard:
        engines.append(create_engine(url, connections=4))
        return job_board(Storage(engines[-1]), holder)

    yield make
    for engine in engines:
        engine.dispose()


def takes(board: JobBoard, now: datetime, job: Job = Job.SEAL) -> bool:
    with board.taking(job, now) as mine:
        return mine


def test_a_job_that_one_worker_has_is_not_had_by_the_other(board: Board, now: datetime) -> None:
    one, two = board("one"), board("two")
    with one.taking(Job.SEAL, now) as mine:
        assert mine
        assert not takes(two, now)
        assert takes(two, now, Job.EXPIRY)
        assert not takes(two, now)
    one.leave()
    assert takes(two, now)


@pytest.mark.only_postgresql("a lease lasts on")
def test_a_job_is_free_as_soon_as_it_is_done(board: Board, now: datetime) -> None:
    one, two = board("one"), board("two")
    for _ in range(3):
        assert takes(one, now)
        assert takes(two, now)


@pytest.mark.only_sqlite("PostgreSQL has no leases")
def test_a_lease_lasts_from_round_to_round_and_is_renewed(board: Board, now: datetime) -> None:
    one, two = board("one"), board("two")
    assert takes(one, now)
    assert not takes(two, now + LEASE - SECOND)
    assert takes(one, now + LEASE / 2 + SECOND)
    assert not takes(two, now + LEASE + SECOND)
    assert takes(two, now + 1.5 * LEASE + SECOND)
    assert not takes(one, now + 1.5 * LEASE + 2 * SECOND)


@pytest.mark.only_sqlite("PostgreSQL asks no clock")
def test_a41_a_clock_that_was_wrong_keeps_nobody_from_a_job_for_long(board: Board, now: datetime) -> None:
    one, two = board("one"), board("two")
    assert takes(one, now + timedelta(days=1))
    assert takes(two, now)  # the clock has been put right
    assert takes(one, now + LEASE)
    assert takes(one, now - 60 * SECOND)
    assert not takes(two, now - 59 * SECOND)


def test_at_first_one_of_many_gets_it(board: Board, now: datetime, url: str) -> None:
    boards = [board(str(count)) for count in range(8)]
    barrier = Barrier(8)

    def one(each: JobBoard) -> bool:
        barrier.wait()
        with each.taking(Job.SEAL, now) as mine:
            barrier.wait()
            return mine

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, boards)) == 1
    assert ask(url, "SELECT name FROM worker_jobs") == [("seal",)]


def test_when_a_job_was_finished_is_known_once_it_was(board: Board, now: datetime, url: str) -> None:
    one = board("one")
    execute(url, "INSERT INTO worker_jobs (name, holder) VALUES ('of-a-newer-version', '')")
    assert one.finished() == {}
    assert takes(one, now)
    with pytest.raises(ZeroDivisionError), one.taking(Job.EXPIRY, now):
        raise ZeroDivisionError
    one.leave()
    assert one.finished() == {Job.SEAL: now}
    with pytest.raises(ZeroDivisionError), one.taking(Job.SEAL, now + 2 * LEASE):
        raise ZeroDivisionError
    one.leave()
    assert one.finished() == {Job.SEAL: now}
    assert takes(one, now + 3 * LEASE)
    assert takes(one, now + 4 * LEASE)
    assert one.finished()[Job.SEAL] >= now + 3 * LEASE


def test_a40_a_database_that_is_away_gives_no_jobs(url: str, board: Board, now: datetime) -> None:
    one = board("one")
    with away(url):
        for ask_for in (lambda: takes(one, now), one.finished):
            with pytest.raises(StorageUnavailable):
                ask_for()
    assert takes(one, now)


@pytest.mark.only_postgresql("on SQLite there is no connection that could break")
def test_a_job_is_free_when_its_worker_s_connection_breaks(url: str, board: Board, now: datetime) -> None:
    one, two = board("one"), board("two")
    in_a_job = "datname = current_database() AND state = 'idle in transaction'"
    kill = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {in_a_job}"  # noqa: S608 - the words above

    def be_cut_off() -> None:
        with one.taking(Job.SEAL, now) as mine:
            assert mine
            assert not takes(two, now)
            assert ask(url, kill) == [(True,)]
            assert takes(two, now)

    with pytest.raises(StorageUnavailable):
        be_cut_off()
    assert takes(one, now)


HOLD = """
import sys, time
from datetime import datetime
from webvartti.domain.jobs import Job
from webvartti.storage.engine import create_engine
from webvartti.storage.jobs import job_board
from webvartti.storage.unit_of_work import Storage
board = job_board(Storage(create_engine(sys.argv[1])), "another process")
with board.taking(Job.SEAL, datetime.fromisoformat(sys.argv[2])) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


def test_a_job_of_a_worker_that_was_killed_is_taken_over(url: str, board: Board, now: datetime) -> None:
    """At once on PostgreSQL, where the connection tells; after its lease on SQLite, where nothing does."""
    words = [sys.executable, "-c", HOLD, url, now.isoformat()]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert not takes(board("one"), now)
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    if is_sqlite(url):
        assert not takes(board("one"), now + LEASE - SECOND)
        assert takes(board("one"), now + LEASE)
        return
    until = time.monotonic() + 5
    while not takes(board("one"), now):
        assert time.monotonic() < until
