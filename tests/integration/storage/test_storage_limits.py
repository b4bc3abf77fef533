"""Counting attempts: no count is lost, whoever counts at the same time; nothing that is stored tells who was counted."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from tests.databases import ask, execute
from webvartti.domain.holders import CardId
from webvartti.domain.limits import MINUTE, Client, CountedBy, LimitReached, Purpose, allowances
from webvartti.services.limits import Limiter
from webvartti.storage.unit_of_work import Storage

ADDRESS, COOKIE, SERIAL = "192.0.2.77", "canary-cookie-canary-cookie-canary", "1f2e3d4c5b6a"
CLIENT = Client(ADDRESS, COOKIE, CardId("ab" * 32, SERIAL))
COST = timedelta(seconds=1)


@pytest.fixture
def limiter(storage: Storage) -> Limiter:
    return Limiter(storage, b"k" * 32, allowances(600))


def _spend(storage: Storage, key: str, now: datetime, latest: datetime | None = None) -> datetime:
    with storage.writing() as unit:
        spent = unit.attempts.spend({key: COST}, latest or now + 2 * MINUTE, now)
        unit.commit()
    return spent[key]


def _rows(url: str) -> list[tuple[str, int]]:
    return [(key, spent) for key, spent in ask(url, "SELECT key, spent_until FROM attempts")]


def test_each_attempt_moves_its_key_on_and_no_other(storage: Storage, now: datetime) -> None:
    assert _spend(storage, "one", now) == now + COST
    assert _spend(storage, "one", now) == now + 2 * COST
    assert _spend(storage, "other", now) == now + COST
    assert _spend(storage, "one", now + 10 * COST) == now + 11 * COST  # what has passed isn't saved up


def test_several_keys_are_moved_by_one_statement(storage: Storage, now: datetime) -> None:
    _spend(storage, "b", now)
    with storage.writing() as unit:
        spent = unit.attempts.spend({"b": COST, "c": 3 * COST, "a": 2 * COST}, now + MINUTE, now)
    assert spent == {"a": now + 2 * COST, "b": now + 2 * COST, "c": now + 3 * COST}


def test_without_a_commit_nothing_is_spent(storage: Storage, now: datetime, url: str) -> None:
    with storage.writing() as unit:
        unit.attempts.spend({"one": COST}, now + MINUTE, now)
    assert _rows(url) == []


def test_a41_a_moment_of_a_clock_that_is_wrong_keeps_nobody_out(storage: Storage, limiter: Limiter, now: datetime) -> None:
    ahead = now + timedelta(minutes=5)
    for _ in range(10):
        limiter.count(Purpose.SIGN_IN, CLIENT, ahead)
    with pytest.raises(LimitReached):
        limiter.count(Purpose.SIGN_IN, CLIENT, ahead)
    limiter.count(Purpose.SIGN_IN, CLIENT, now)  # on the node whose clock is right
    assert _spend(storage, "far", now, latest=now) == now + COST


def test_what_is_spent_no_longer_is_deleted(storage: Storage, now: datetime, url: str) -> None:
    _spend(storage, "one", now)
    _spend(storage, "two", now + COST)
    with storage.writing() as unit:
        assert unit.attempts.delete_spent(now + COST - timedelta(microseconds=1)) == 0
        assert unit.attempts.delete_spent(now + COST) == 1
        unit.commit()
    assert [key for key, _ in _rows(url)] == ["two"]


def test_threads_lose_no_count(storage: Storage, now: datetime) -> None:
    barrier = Barrier(20)

    def ten(_: int) -> list[datetime]:
        barrier.wait()
        return [_spend(storage, "one", now, latest=now + 60 * MINUTE) for _ in range(10)]

    with ThreadPoolExecutor(20) as pool:
        seen = [moment for moments in pool.map(ten, range(20)) for moment in moments]
    assert sorted(seen) == [now + count * COST for count in range(1, 201)]


def test_of_many_at_once_exactly_as_many_pass_as_may(limiter: Limiter, now: datetime) -> None:
    barrier = Barrier(25)

    def one(_: int) -> str:
        barrier.wait()
        try:
            limiter.count(Purpose.SIGN_IN, CLIENT, now)
        except LimitReached:
            return "limited"
        return "passed"

    with ThreadPoolExecutor(25) as pool:
        assert Counter(pool.map(one, range(25))) == {"passed": 10, "limited": 15}


PROCESS = """
import sys
from datetime import UTC, datetime, timedelta
from webvartti.storage.engine import create_engine
from webvartti.storage.unit_of_work import Storage
storage, now = Storage(create_engine(sys.argv[1])), datetime(2026, 11, 23, tzinfo=UTC)
for _ in range(100):
    with storage.writing() as unit:
        unit.attempts.spend({"one": timedelta(milliseconds=1)}, now + timedelta(hours=1), now)
        unit.commit()
"""


@pytest.mark.slow
def test_processes_lose_no_count(url: str) -> None:
    command = [sys.executable, "-c", PROCESS, url]
    root = Path(__file__).parents[3]
    running = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    ((_, spent),) = _rows(url)
    start = datetime.fromisoformat("2026-11-23T00:00:00+00:00").timestamp()
    assert spent - int(start) * 1_000_000 == 300 * 1000


def test_a_refused_attempt_spends_nothing_of_anybody(limiter: Limiter, url: str, now: datetime) -> None:
    for _ in range(10):
        limiter.count(Purpose.SIGN_IN, CLIENT, now)
    before = sorted(_rows(url))
    for _ in range(50):
        with pytest.raises(LimitReached) as reached:
            limiter.count(Purpose.SIGN_IN, CLIENT, now)
        assert reached.value.again == now + timedelta(seconds=6)
    assert sorted(_rows(url)) == before


def test_purposes_and_keys_are_counted_apart(limiter: Limiter, storage: Storage, now: datetime) -> None:
    for _ in range(10):
        limiter.count(Purpose.SIGN_IN, CLIENT, now)
    for purpose in set(Purpose) - {Purpose.SIGN_IN}:
        limiter.count(purpose, CLIENT, now)
    Limiter(storage, b"o" * 32, allowances(600)).count(Purpose.SIGN_IN, CLIENT, now)


def test_a33_what_is_stored_tells_nobody_who_was_counted(limiter: Limiter, url: str, now: datetime) -> None:
    for purpose in Purpose:
        limiter.count(purpose, CLIENT, now)
    stored = _rows(url)
    assert len(stored) == sum(len(allowance.most) for allowance in allowances(600).values())
    for canary in (ADDRESS, COOKIE, SERIAL, *CountedBy, *Purpose):
        assert not any(canary in key for key, _ in stored)
    assert all(len(key) == 32 and int(key, 16) >= 0 for key, _ in stored)


def test_a33_nor_does_the_file_it_is_stored_in(limiter: Limiter, database: Path, now: datetime) -> None:
    for purpose in Purpose:
        limiter.count(purpose, CLIENT, now)
    execute(f"sqlite:///{database}", "PRAGMA wal_checkpoint(TRUNCATE)")
    content = database.read_bytes()
    for canary in (ADDRESS, COOKIE, SERIAL):
        assert canary.encode() not in content
