"""The database server's clock: the one that nodes on several machines have in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock

from sqlalchemy import DateTime, Engine, func, select

from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.ports import Clock
from webvartti.storage.error_mapping import named_errors

ASK_EVERY = 10.0
"""Seconds. A processor's own count of seconds drifts by less than a millisecond meanwhile."""

SLOWEST_ANSWER = 1.0
"""Seconds. The moment lies somewhere in the time that the answer took, so a slower one says too little."""


def machine_time() -> datetime:
    """What this machine's clock says."""
    return datetime.now(UTC)


def seconds_since_boot() -> float:
    """A count that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def server_time(engine: Engine) -> datetime:
    """What the database server's clock says; PostgreSQL only. Raises StorageUnavailable."""
    with named_errors(), engine.connect() as connection:
        told = func.pg_catalog.clock_timestamp(type_=DateTime(timezone=True))  # by its whole name: a search path may be set
        found: datetime = connection.execute(select(told)).scalar_one()
    return found.astimezone(UTC)


class SharedClock:
    """``ask`` tells the time that all nodes go by; in between it is carried on by ``elapsed`` (seconds), so that setting the
    machine's clock changes nothing. While nobody answers, what is known is carried on; what was never known is the machine's.

    Threads may share it: one of them asks, the others go on with what is known.
    """

    def __init__(
        self,
        ask: Clock,
        machine: Clock = machine_time,
        elapsed: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self._ask, self._machine, self._elapsed = ask, machine, elapsed
        self._ask_at = float("-inf")
        self._known: tuple[datetime, float] | None = None
        self._asking = Lock()

    def __call__(self) -> datetime:
        """Never raises: a page that says "no database" has a time too."""
        if self._is_due() and self._asking.acquire(blocking=self._known is None):
            try:
                if self._is_due():
                    self._learn()
            finally:
                self._asking.release()
        if self._known is None:
            return self._machine()
        moment, at = self._known
        return moment + timedelta(seconds=self._elapsed() - at)

    def _is_due(self) -> bool:
        return self._elapsed() >= self._ask_at

    def _learn(self) -> None:
        before = self._elapsed()
        try:
            moment = self._ask()
        except StorageUnavailable:
            moment = None
        after = self._elapsed()
        self._ask_at = after + ASK_EVERY
        if moment is not None and after - before <= SLOWEST_ANSWER:
            self._known = moment, (before + after) / 2


def shared_clock(engine: Engine) -> Clock:
    """The clock that all nodes of this database have in common. With SQLite they are one machine, and it is that machine's."""
    return machine_time if engine.dialect.name == "sqlite" else SharedClock(partial(server_time, engine))
