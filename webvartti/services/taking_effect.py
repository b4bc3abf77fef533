"""A person's decision takes effect a minute after it was taken, or is overtaken by what happened meanwhile."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from webvartti.domain.approval import ApprovalRefused, CardRevokedSince, vouching_for
from webvartti.domain.audit import AuditEntry
from webvartti.domain.certificates import RevocationStatus
from webvartti.domain.decisions import RULES_VERSION, Decision, Outcome
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.orders import Order, StaleOrder, actor_of, decided
from webvartti.domain.ports import RevocationRegister, Stopping, never
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.domain.review import EFFECT_DELAY, DecisionStatus, NoDecisionPending, ReviewDecision
from webvartti.services.placing import message_of_decision, tell

log = logging.getLogger(__name__)

_SETTLED_AT_ONCE = 100
_REVIEW = Actor(ActorKind.SYSTEM, "review")


@dataclass(frozen=True, slots=True)
class Effects:
    """What the worker does with decisions in each of its rounds."""

    units: UnitsOfWork
    revocation: RevocationRegister
    public_origin: str

    def settle(self, now: datetime, stopping: Stopping = never) -> int:
        """Let decisions take effect whose minute is over; how many did. One that can't yet is tried again a minute later."""
        with self.units.reading() as unit:
            due = unit.review_decisions.due(now, _SETTLED_AT_ONCE)
        done = 0
        for decision in due:
            if stopping():
                break
            try:
                done += self._take_effect(decision, now)
            except (StaleOrder, NoDecisionPending):
                continue  # another node, or the holder, was faster
            except WebVarttiError as problem:
                log.warning("the decision on %s waits: %s", decision.number, problem.code)
        return done

    def _take_effect(self, decision: ReviewDecision, now: datetime) -> bool:
        with self.units.reading() as unit:
            order = unit.orders.get(decision.number)
        if order.version != decision.order_version:
            return self._overtaken(decision, "order-changed", now)
        revocation = order.revocation
        if decision.outcome is Outcome.APPROVED:
            try:
                revocation = vouching_for(order, self.revocation.status(order.card, now))
            except CardRevokedSince as refused:
                return self._overtaken(decision, refused.code, now)
            except ApprovalRefused:
                return self._put_off(decision, now)
        return self._carry_out(order, decision, revocation, now)

    def _carry_out(self, order: Order, decision: ReviewDecision, revocation: RevocationStatus, now: datetime) -> bool:
        rules = order.sources.get("rules", RULES_VERSION)  # those that gave the findings, not today's
        made = Decision(decision.outcome, now, decision.by.actor, rules, order.findings, decision.reason or "")
        after = replace(decided(order, made), revocation=revocation)
        with self.units.writing() as unit:
            unit.orders.save(after, seen_version=order.version)
            unit.review_decisions.save(replace(decision, status=DecisionStatus.EFFECTIVE, ended_at=now), seen=decision)
            unit.held_orders.delete(order.number)
            unit.cases.assign(order.number, None)  # who looks anew, should the holder ask for it, is open
            tell(unit, message_of_decision(made), after, self.public_origin, now)
            seconded = decision.second.actor.name if decision.second else ""
            detail = {"outcome": made.outcome, "reason": made.reason, "rules": rules, "seconded": seconded}
            vouched = {"revocation": revocation.state, "crl_number": str(revocation.crl_number)}
            _audit(unit, order, "order.decided", decision.by.actor, now, **detail, **vouched)
            unit.commit()
        return True

    def _put_off(self, decision: ReviewDecision, now: datetime) -> bool:
        """It can't be told now whether the card is good: the decision stands, and may be undone for one more minute."""
        with self.units.writing() as unit:
            unit.review_decisions.save(replace(decision, takes_effect_at=now + EFFECT_DELAY), seen=decision)
            unit.commit()
        return False

    def _overtaken(self, decision: ReviewDecision, reason: str, now: datetime) -> bool:
        with self.units.writing() as unit:
            order = unit.orders.get(decision.number)  # first, as everywhere: two who wait for each other would be given up
            unit.review_decisions.save(replace(decision, status=DecisionStatus.OVERTAKEN, ended_at=now), seen=decision)
            _audit(unit, order, "decision.overtaken", _REVIEW, now, reason=reason)
            unit.commit()
        return False


def _audit(unit: UnitOfWork, order: Order, action: str, who: Actor, now: datetime, **detail: str) -> None:
    unit.audit.add(AuditEntry(now, who, action, actor_of(order.person).name, order.number, detail))
