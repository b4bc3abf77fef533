"""Deleting what has been kept long enough: planned first, then in units of work so short that nobody waits for them.

What goes is gone for good, so two clocks have to agree about the day: the one that the nodes share, and this machine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.audit import AuditEntry
from webvartti.domain.events import Actor
from webvartti.domain.ports import Clock, Progress
from webvartti.domain.repositories import UnitsOfWork
from webvartti.domain.retention import ClocksDiffer, Due, Kind, Terms
from webvartti.services.audit import RETENTION_DELETED, Audit

RETENTION_BEGUN = "retention.begun"
"""In the audit: who deletes, under which terms, and how many were due."""

AHEAD = timedelta(hours=1)
"""The shared clock may be ahead of this machine's by this much; one that is behind deletes less, which is no harm."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The use cases. ``at_once`` rows of a kind go in one unit of work; ``pause`` lets others write before the next one.

    ``machine`` is the clock of this machine, which a wrong one of the database server doesn't reach.
    """

    units: UnitsOfWork
    audit: Audit
    terms: Terms
    machine: Clock
    pause: Callable[[], None]
    at_once: int = 200

    def plan(self, now: datetime) -> tuple[Due, ...]:
        """What is due, kind by kind. Changes nothing. Raises NoTermSet; AuditBroken where an entry that is due is missing."""
        cutoffs = self.terms.cutoffs(now)
        with self.units.reading() as unit:
            counts = {kind: unit.retention.count(kind, cutoffs) for kind in cutoffs}
        return tuple(Due(kind, self.terms.months[kind], cutoffs[kind], *counts[kind]) for kind in cutoffs)

    def delete(self, plan: tuple[Due, ...], who: Actor, now: datetime, progress: Progress) -> Mapping[Kind, int]:
        """Delete what is still due of a plan; returns how many went. What is interrupted can be run again.

        Raises AuditBroken before anything goes, where the audit doesn't hold: what happened is to be found out first;
        ClocksDiffer where ``now`` lies ahead of this machine's clock.
        """
        machine = self.machine()
        if now - machine > AHEAD:
            raise ClocksDiffer(now, machine)
        gone = dict.fromkeys((due.kind for due in plan), 0)
        total = sum(due.count for due in plan)
        if not total:
            return gone
        self.audit.verify_with_own_checkpoints()
        self._begin(plan, who, now)
        for due in plan:
            for count in self._units(due, who, now):
                gone[due.kind] += count
                progress(sum(gone.values()), total)
                self.pause()
        return gone

    def _begin(self, plan: tuple[Due, ...], who: Actor, now: datetime) -> None:
        detail: dict[str, str] = {}
        for due in plan:
            told = {"months": due.months, "before": due.first_day_kept.isoformat(), "due": due.count}
            detail |= {f"{due.kind}_{name}": str(value) for name, value in told.items()}
        with self.units.writing() as unit:
            unit.audit.add(AuditEntry(now, who, RETENTION_BEGUN, detail=detail))
            unit.commit()

    def _units(self, due: Due, who: Actor, now: datetime) -> Iterator[int]:
        """One after the other; how many went in each."""
        if due.kind is Kind.AUDIT:
            while count := self.audit.remove_head(due.before, self.at_once, who, now):
                yield count
            return
        with self.units.reading() as unit:
            keys = unit.retention.keys(due.kind, due.before)
        for first in range(0, len(keys), self.at_once):
            with self.units.writing() as unit:
                gone = unit.retention.delete(due.kind, keys[first : first + self.at_once], due.before)
                if gone.count:
                    detail = {"kind": str(due.kind), "count": str(gone.count)}
                    numbers = {"numbers": " ".join(gone.orders)} if gone.orders else {}
                    unit.audit.add(AuditEntry(now, who, RETENTION_DELETED, detail=detail | numbers))
                    unit.commit()
            yield gone.count
