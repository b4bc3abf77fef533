"""A41: nodes whose own clocks differ go by one clock, and keep it while nobody can be asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

from webvartti.domain.errors import StorageUnavailable
from webvartti.storage.clock import ASK_EVERY, SLOWEST_ANSWER, SharedClock

NOON = datetime(2027, 1, 14, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class World:
    """True time, and a machine whose clock is wrong. ``takes`` is how long the server's answer takes."""

    passed: float = 0.0
    skew: timedelta = timedelta(minutes=5)
    takes: float = 0.0
    away: bool = False
    asked: list[float] = field(default_factory=list)

    def server(self) -> datetime:
        self.asked.append(self.passed)
        if self.away:
            raise StorageUnavailable
        self.passed += self.takes / 2
        told = NOON + timedelta(seconds=self.passed)
        self.passed += self.takes / 2
        return told

    def clock(self) -> SharedClock:
        return SharedClock(self.server, lambda: NOON + timedelta(seconds=self.passed) + self.skew, lambda: self.passed)


def test_a41_two_nodes_tell_the_same_time_whatever_their_own_clocks_say() -> None:
    ahead, behind = World(skew=timedelta(minutes=5)), World(skew=timedelta(minutes=-5))
    clocks = ahead.clock(), behind.clock()
    for _ in range(30):
        assert clocks[0]() == clocks[1]()
        ahead.passed += 1
        behind.passed += 1
    assert clocks[0]() == NOON + 30 * SECOND


def test_a41_setting_the_machine_s_clock_changes_nothing() -> None:
    world = World()
    clock = world.clock()
    assert clock() == NOON
    world.skew, world.away = timedelta(days=-400), True
    world.passed += 3600
    assert clock() == NOON + timedelta(hours=1)


def test_the_server_is_asked_now_and_then_and_not_at_each_request() -> None:
    world = World()
    clock = world.clock()
    for _ in range(1000):
        clock()
        world.passed += ASK_EVERY / 100
    assert len(world.asked) == 10


def test_a40_while_the_database_is_away_there_is_a_time_and_nobody_waits_for_it() -> None:
    world = World(away=True)
    clock = world.clock()
    for _ in range(10):
        assert clock() == NOON + timedelta(seconds=world.passed) + world.skew  # nothing better is known
    assert len(world.asked) == 1
    world.away = False
    world.passed += ASK_EVERY
    assert clock() == NOON + timedelta(seconds=world.passed)


def test_the_answer_belongs_to_the_middle_of_the_time_it_took_and_a_slow_one_is_not_taken() -> None:
    world = World(takes=0.8)
    clock = world.clock()
    assert clock() == NOON + timedelta(seconds=world.passed)
    world.passed += ASK_EVERY
    world.takes = SLOWEST_ANSWER * 40
    clock()
    assert len(world.asked) == 2
    assert abs(clock() - (NOON + timedelta(seconds=world.passed))) < timedelta(milliseconds=1)


def test_threads_wait_for_the_first_answer_and_for_no_other() -> None:
    asked, answer = Event(), Event()
    count: list[int] = []
    elapsed = [0.0]

    def ask() -> datetime:
        count.append(1)
        asked.set()
        assert answer.wait(5)
        return NOON

    clock = SharedClock(ask, lambda: NOON + timedelta(days=1), lambda: elapsed[0])
    start = Barrier(8)

    def tell() -> datetime:
        start.wait(5)
        return clock()

    with ThreadPoolExecutor(9) as pool:
        told = [pool.submit(tell) for _ in range(8)]
        assert asked.wait(5)
        answer.set()
        assert {each.result(5) for each in told} == {NOON}
        assert len(count) == 1
        elapsed[0] += ASK_EVERY
        asked.clear()
        answer.clear()
        slow = pool.submit(clock)
        assert asked.wait(5)
        assert clock() == NOON + timedelta(seconds=ASK_EVERY)  # at once, though the server hasn't answered yet
        answer.set()
        slow.result(5)
