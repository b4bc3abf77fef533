"""What monitoring is told of this machine and of the main database, asked anew each time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webvartti.domain.crl_fetching import ListStatus, list_statuses
from webvartti.domain.errors import AdapterUnavailable
from webvartti.domain.jobs import JobBoard
from webvartti.domain.measures import Measurement, Repetition, StoredMeasures, age, waiting_cases
from webvartti.domain.ports import Register, RevocationRegister
from webvartti.domain.registers import RegisterKind, Snapshot
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork

ROUND, FETCHING = "round", "revocation-fetch"
"""The loops of a worker's process: rounds, in which its jobs are done, and looking whether a CRL is to be fetched."""


@dataclass(slots=True)
class LoopDiary:
    """When each loop of this process last came to its end, and how long that took. Threads may share it."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: dict[str, tuple[datetime, timedelta | None]] = field(default_factory=dict)

    def begun(self, loop: str, at: datetime) -> None:
        """From now on the loop is to come to its end again and again."""
        with self._lock:
            self._last.setdefault(loop, (at, None))

    def finished(self, loop: str, at: datetime, took: timedelta) -> None:
        with self._lock:
            self._last[loop] = (at, took)

    def loops(self, now: datetime) -> tuple[Repetition, ...]:
        """By name."""
        with self._lock:
            found = sorted(self._last.items())
        return tuple(Repetition(name, age(at, now), took) for name, (at, took) in found)


@dataclass(frozen=True, slots=True)
class Measures:
    """The use case. Loops of this process tell the diary; ``board`` knows when each job was last done by anybody."""

    units: UnitsOfWork
    register: Register
    revocation: RevocationRegister
    board: JobBoard
    diary: LoopDiary = field(default_factory=LoopDiary)

    def take(self, now: datetime) -> Measurement:
        """What can be told: never raises for what is away."""
        extracts = self._extracts()
        return Measurement(now, self._stored(extracts, now), self._crls(now), frozenset(extracts), self._repeated(now))

    def _repeated(self, now: datetime) -> tuple[Repetition, ...]:
        try:
            finished = self.board.finished()
        except AdapterUnavailable:
            finished = {}
        return *self.diary.loops(now), *(Repetition(str(job), age(at, now), None) for job, at in sorted(finished.items()))

    def _extracts(self) -> dict[RegisterKind, Snapshot]:
        try:
            return {RegisterKind(snapshot.name): snapshot for snapshot in self.register.snapshots()}
        except AdapterUnavailable:
            return {}

    def _crls(self, now: datetime) -> tuple[ListStatus, ...]:
        try:
            return list_statuses(self.revocation.lists(), self.revocation.without_crl(now), now)
        except AdapterUnavailable:
            return ()

    def _stored(self, extracts: dict[RegisterKind, Snapshot], now: datetime) -> StoredMeasures | None:
        try:
            with self.units.reading() as unit:
                return _told(unit, extracts, now)
        except AdapterUnavailable:
            return None


def _told(unit: UnitOfWork, extracts: dict[RegisterKind, Snapshot], now: datetime) -> StoredMeasures:
    orders = unit.measures.orders()
    recorded = {kind: unit.measures.recorded_at(snapshot) for kind, snapshot in extracts.items()}
    return StoredMeasures(
        orders=orders,
        cases=waiting_cases(orders, unit.measures.first_undecided()),
        messages=unit.measures.messages(),
        unsealed=unit.measures.unsealed(),
        extracts={kind: age(at, now) for kind, at in recorded.items() if at is not None},
    )
