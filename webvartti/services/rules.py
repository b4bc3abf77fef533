"""The renewal policy: which is in force, who changes it, and which decisions would flip under another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from webvartti.domain.audit import AuditEntry
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.events import Actor
from webvartti.domain.ports import Progress
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.domain.review import Matter
from webvartti.domain.rules import Flip, PolicyChange, PolicyChangeGone, flips
from webvartti.domain.staff import SameEyes


@dataclass(frozen=True, slots=True)
class PolicyOverview:
    """What is in force, since when (None: the settings'), what waits, and what was before."""

    policy: RenewalPolicy
    since: PolicyChange | None
    proposed: tuple[PolicyChange, ...]
    history: tuple[PolicyChange, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What another policy would have made of the orders since some day.

    ``flips`` are the oldest ``flipped`` ones, as many as were asked for; ``without_inputs`` counts the orders of before inputs
    were stored.
    """

    looked_at: int
    flipped: int
    flips: tuple[Flip, ...]
    without_inputs: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The use cases of the policy. ``of_settings`` is in force where nobody has changed it."""

    units: UnitsOfWork
    of_settings: RenewalPolicy
    four_eyes: frozenset[Matter]

    def policy(self) -> RenewalPolicy:
        """What is in force now."""
        with self.units.reading() as unit:
            return self.policy_in(unit)

    def policy_in(self, unit: UnitOfWork) -> RenewalPolicy:
        """What is in force as ``unit`` sees it."""
        current = unit.policies.current()
        return self.of_settings if current is None else current.policy

    def overview(self, history: int = 50) -> PolicyOverview:
        """For whoever thinks of changing it."""
        with self.units.reading() as unit:
            current = unit.policies.current()
            policy = self.of_settings if current is None else current.policy
            return PolicyOverview(policy, current, unit.policies.proposed(), unit.policies.history(history))

    def propose(self, policy: RenewalPolicy, who: Actor, now: datetime) -> bool:
        """True where it is in force at once, False where it waits for somebody else. The same isn't proposed twice."""
        return self.units.serially(lambda unit: self._propose(unit, PolicyChange(policy, who, now)))

    def _propose(self, unit: UnitOfWork, change: PolicyChange) -> bool:
        who, now = change.proposed_by, change.proposed_at
        waits = Matter.RULES in self.four_eyes
        if waits and any((each.policy, each.proposed_by) == (change.policy, who) for each in unit.policies.proposed()):
            return False
        number = unit.policies.propose(change)
        if not waits:
            unit.policies.settle(replace(change, id=number), by=who, in_force=True, now=now)
        self._audit(unit, change, "policy.proposed" if waits else "policy.in-force", who, now)
        unit.commit()
        return not waits

    def confirm(self, number: int, who: Actor, now: datetime) -> PolicyChange:
        """The second person agrees: it is in force. Raises SameEyes, PolicyChangeGone."""
        return self._settle(number, who, now, in_force=True)

    def decline(self, number: int, who: Actor, now: datetime) -> PolicyChange:
        """Throw it away; whoever proposed may do that as well. Raises PolicyChangeGone."""
        return self._settle(number, who, now, in_force=False)

    def _settle(self, number: int, who: Actor, now: datetime, *, in_force: bool) -> PolicyChange:
        with self.units.writing() as unit:
            change = next((each for each in unit.policies.proposed() if each.id == number), None)
            if change is None:
                raise PolicyChangeGone
            if in_force and change.proposed_by == who:
                raise SameEyes("whoever proposed can't be the second pair of eyes")
            unit.policies.settle(change, by=who, in_force=in_force, now=now)
            self._audit(unit, change, "policy.in-force" if in_force else "policy.declined", who, now)
            unit.commit()
        return change

    def replay(self, policy: RenewalPolicy, since: datetime, progress: Progress, limit: int = 10_000) -> Replay:
        """Today's rules over what was stored: under the policy of then, and under ``policy``. Changes nothing."""
        looked_at = flipped = 0
        found: list[Flip] = []
        with self.units.reading() as unit:
            total, without = unit.decision_inputs.counts(since)
            stored = ((each.number, each.at, each.facts, each.policy) for each in unit.decision_inputs.since(since))
            for flip in _watched(flips(stored, policy), total, progress):
                looked_at += 1
                flipped += flip is not None
                if flip is not None and flipped <= limit:
                    found.append(flip)
        return Replay(looked_at, flipped, tuple(found), without)

    def _audit(self, unit: UnitOfWork, change: PolicyChange, action: str, who: Actor, now: datetime) -> None:
        window = "none" if change.policy.window_days is None else str(change.policy.window_days)
        automatic = "yes" if change.policy.automatic_decisions else "no"
        detail = {"window_days": window, "automatic_decisions": automatic, "proposed_by": change.proposed_by.name}
        unit.audit.add(AuditEntry(now, who, action, detail=detail))


def _watched(found: Iterator[Flip | None], total: int, progress: Progress) -> Iterator[Flip | None]:
    for count, each in enumerate(found, start=1):
        if count % 1000 == 0:
            progress(count, total)
        yield each
