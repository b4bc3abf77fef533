"""Review: members of the staff look at cases and decide on them; what they decide takes effect a minute later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.approval import vouching_for
from webvartti.domain.audit import AuditEntry
from webvartti.domain.decisions import Outcome
from webvartti.domain.eligibility import RenewalFacts
from webvartti.domain.errors import NotFound
from webvartti.domain.events import Actor, EventKind, OrderState
from webvartti.domain.messages import MessageKind
from webvartti.domain.orders import Order, StaleOrder, actor_of, happened
from webvartti.domain.permissions import Permission, allowed
from webvartti.domain.ports import RevocationRegister, Stopping, never
from webvartti.domain.queue import LEASE, CaseOpenElsewhere, CaseWork, QueueCase, QueueCounts, QueueFilter
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.domain.review import (
    OPEN_DECISIONS,
    DecisionPending,
    DecisionStatus,
    Intent,
    Letter,
    LetterKind,
    Matter,
    NoDecisionPending,
    NotAReviewer,
    ReviewDecision,
    decline,
    demand_other_person,
    second,
    take,
    undo,
)
from webvartti.domain.staff import Colleague
from webvartti.services.placing import tell
from webvartti.services.taking_effect import Effects
from webvartti.services.unknown_commits import until_known

STAFF_LOOKED = "case.viewed"


@dataclass(frozen=True, slots=True)
class Case:
    """All that a reviewer sees of an order. ``facts`` are None for orders of before inputs were stored."""

    order: Order
    work: CaseWork
    facts: RenewalFacts | None
    decisions: tuple[ReviewDecision, ...]
    letters: tuple[Letter, ...]

    @property
    def pending(self) -> ReviewDecision | None:
        """The decision that hasn't taken effect yet."""
        return next((each for each in self.decisions if each.status in OPEN_DECISIONS), None)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue; ``after`` leads to the next one, empty where there is none."""

    cases: tuple[QueueCase, ...]
    counts: QueueCounts
    after: str


Step = Callable[[Order, ReviewDecision, Colleague, datetime], tuple[Order, ReviewDecision]]

_ACTIONS = {
    DecisionStatus.TAKEN: "decision.seconded",
    DecisionStatus.DECLINED: "decision.declined",
    DecisionStatus.UNDONE: "decision.undone",
}
"""In the audit, by what a step leads to."""


@dataclass(frozen=True, slots=True)
class Review:
    """The use cases of the review queue."""

    units: UnitsOfWork
    revocation: RevocationRegister
    public_origin: str
    four_eyes: frozenset[Matter]

    def queue(self, wanted: QueueFilter, who: Colleague, now: datetime, *, after: str = "", limit: int = 50) -> QueuePage:
        """A page of the queue. That it was looked at is audited, with the numbers. Raises NotFound for an unknown ``after``."""
        with self.units.writing() as unit:
            found = unit.cases.page(wanted, after=after, limit=limit + 1, now=now)
            counts = unit.cases.counts()
            shown = found[:limit]
            self._audit_look(unit, "queue.viewed", tuple(each.order.number for each in shown), who, now)
            unit.commit()
        return QueuePage(shown, counts, shown[-1].order.number if len(found) > limit else "")

    def find(self, text: str, who: Colleague, now: datetime, limit: int = 50) -> tuple[Order, ...]:
        """Orders, open or not, by number, registration number, or the beginnings of words of the name. Audited."""
        with self.units.writing() as unit:
            found = unit.cases.find(text, limit)
            self._audit_look(unit, "orders.searched", tuple(order.number for order in found), who, now)
            unit.commit()
        return found

    def _audit_look(self, unit: UnitOfWork, action: str, numbers: tuple[str, ...], who: Colleague, now: datetime) -> None:
        unit.audit.add(AuditEntry(now, who.actor, action, detail={"numbers": " ".join(numbers)}))

    def case(self, number: str, who: Colleague, role: str, now: datetime) -> Case:
        """Everything about one order. The look is audited, and the holder can see it. Raises NotFound."""
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            stored = unit.decision_inputs.get(number)
            case = Case(
                order,
                unit.cases.work(number),
                None if stored is None else stored.facts,
                unit.review_decisions.of_order(number),
                unit.letters.of_order(number),
            )
            subject = actor_of(order.person).name
            unit.audit.add(AuditEntry(now, who.actor, STAFF_LOOKED, subject, number, {"role": role}))
            unit.commit()
        return case

    def open(self, number: str, who: Colleague, now: datetime) -> None:
        """Take the case onto one's desk for some minutes. Raises CaseOpenElsewhere, NotFound, OwnOrder."""
        with self.units.writing() as unit:
            demand_other_person(unit.orders.get(number), who)
            self._lease(unit, number, who, now)
            unit.commit()

    def open_next(self, who: Colleague, now: datetime) -> str | None:
        """Take the first case that this colleague may decide on; None where there is none."""
        with self.units.writing() as unit:
            while (number := unit.cases.next_free(who, now)) is not None:
                if unit.cases.lease(number, who, now + LEASE, now):  # a colleague at another node may have been faster
                    unit.commit()
                    break
        return number

    def release(self, number: str, who: Colleague, now: datetime) -> None:
        """Put the case back for everybody."""
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            self._demand_free(unit, number, who, now)
            unit.cases.free(number, who)
            unit.cases.assign(number, None)
            self._audit(unit, order, "case.released", who.actor, now)
            unit.commit()

    def hand_over(self, number: str, to: Colleague, who: Colleague, now: datetime) -> None:
        """Give the case to a colleague. Raises OwnOrder where it is theirs, NotAReviewer, CaseOpenElsewhere, NotFound."""
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            demand_other_person(order, to)
            member = unit.staff.get(to.person)
            if member is None or not allowed(member.roles, Permission.CASE_DECIDE):
                raise NotAReviewer(to.actor.name)
            self._demand_free(unit, number, who, now)
            unit.cases.free(number, who)
            unit.cases.assign(number, to)
            self._audit(unit, order, "case.handed-over", who.actor, now, to=to.actor.name)
            unit.commit()

    def decide(self, number: str, intent: Intent, seen_version: int, who: Colleague, now: datetime) -> ReviewDecision:
        """Take a decision. It waits for a second person where that is needed, and takes effect a minute later.

        The same form again gives the same decision.
        Raises NotFound, StaleOrder, CaseOpenElsewhere, the DecisionRefused that applies; for an approval CardRevokedSince,
        RevocationNotKnown.
        """
        with self.units.reading() as unit:
            order = unit.orders.get(number)
        if intent.outcome is Outcome.APPROVED:
            vouching_for(order, self.revocation.status(order.card, now))  # may wait, so it comes before the unit of work
        return until_known(lambda: self._decided(number, intent, seen_version, who, now))

    def _decided(self, number: str, intent: Intent, seen_version: int, who: Colleague, now: datetime) -> ReviewDecision:
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            pending = unit.review_decisions.open_for(number)
            if pending is not None and pending.order_version == seen_version + 1 and pending.repeats(intent, who):
                return pending
            if order.version != seen_version:
                raise StaleOrder(number)
            if pending is not None:
                raise DecisionPending(number)
            self._demand_free(unit, number, who, now)
            after, decision = take(order, intent, who, self.four_eyes, now)
            unit.orders.save(after, seen_version=seen_version)
            unit.review_decisions.add(decision)
            unit.cases.free(number, who)
            kept = unit.review_decisions.open_for(number) or decision
            detail = {"outcome": decision.outcome, "reason": decision.reason or "", "matters": " ".join(decision.matters)}
            self._audit(unit, order, "decision.taken", who.actor, now, **detail)
            unit.commit()
        return kept

    def agree(self, number: str, who: Colleague, now: datetime, *, seen_version: int | None = None) -> ReviewDecision:
        """The second pair of eyes agrees; again by the same person changes nothing.

        Raises SameEyes, OwnOrder, NoDecisionPending, NotFound, and StaleOrder where another decision waits than was seen.
        """
        return until_known(lambda: self._step(number, second, DecisionStatus.TAKEN, who, now, seen_version))

    def decline(self, number: str, who: Colleague, now: datetime, *, seen_version: int | None = None) -> ReviewDecision:
        """The second pair of eyes doesn't agree: the case is open again. Raises as ``agree``."""
        return until_known(lambda: self._step(number, decline, DecisionStatus.DECLINED, who, now, seen_version))

    def undo(self, number: str, who: Colleague, now: datetime) -> ReviewDecision:
        """Take a decision back before it takes effect. Raises NotYoursToUndo, NoDecisionPending, NotFound."""
        return until_known(lambda: self._step(number, undo, DecisionStatus.UNDONE, who, now))

    def _step(
        self,
        number: str,
        step: Step,
        leads_to: DecisionStatus,
        who: Colleague,
        now: datetime,
        seen_version: int | None = None,
    ) -> ReviewDecision:
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            decisions = unit.review_decisions.of_order(number)
            if not decisions:
                raise NoDecisionPending(number)
            seen = decisions[-1]
            if seen.order_version == order.version and seen.was_stepped_by(who, leads_to):
                return seen  # a double click
            if seen_version not in (None, order.version):
                raise StaleOrder(number)
            after, changed = step(order, seen, who, now)
            unit.orders.save(after, seen_version=order.version)
            unit.review_decisions.save(changed, seen=seen)
            self._audit(unit, order, _ACTIONS[leads_to], who.actor, now, outcome=seen.outcome)
            unit.commit()
        return changed

    def ask(self, number: str, question: str, seen_version: int, who: Colleague, now: datetime) -> None:
        """Ask the holder; the answer brings the case back to whoever asked. Raises StaleOrder, DecisionPending, OwnOrder."""
        until_known(lambda: self._ask(number, question, seen_version, who, now))

    def _ask(self, number: str, question: str, seen_version: int, who: Colleague, now: datetime) -> None:
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            if order.version != seen_version:
                if self._is_asked(unit, order, question, seen_version, who):
                    return  # a double click
                raise StaleOrder(number)
            demand_other_person(order, who)
            if unit.review_decisions.open_for(number) is not None:
                raise DecisionPending(number)
            self._demand_free(unit, number, who, now)
            after = happened(order, EventKind.INFORMATION_REQUESTED, who.actor, now)
            unit.orders.save(after, seen_version=seen_version)
            unit.letters.add(Letter(number, LetterKind.QUESTION, now, question, who))
            unit.cases.free(number, who)
            unit.cases.assign(number, who)
            tell(unit, MessageKind.ORDER_QUESTION, after, self.public_origin, now)
            self._audit(unit, order, "case.question-asked", who.actor, now)
            unit.commit()

    def _is_asked(self, unit: UnitOfWork, order: Order, question: str, seen_version: int, who: Colleague) -> bool:
        if order.state is not OrderState.MORE_INFORMATION_NEEDED or order.version != seen_version + 1:
            return False
        asked = [letter for letter in unit.letters.of_order(order.number) if letter.author is not None]
        return bool(asked) and (asked[-1].text, asked[-1].author) == (question, who)

    def settle(self, now: datetime, stopping: Stopping = never) -> int:
        """Let decisions take effect whose minute is over; how many did."""
        return Effects(self.units, self.revocation, self.public_origin).settle(now, stopping)

    def _lease(self, unit: UnitOfWork, number: str, who: Colleague, now: datetime) -> None:
        if not unit.cases.lease(number, who, now + LEASE, now):
            self._demand_free(unit, number, who, now)
            raise NotFound(f"{number} isn't in the queue")

    def _demand_free(self, unit: UnitOfWork, number: str, who: Colleague, now: datetime) -> None:
        another = unit.cases.work(number).open_elsewhere(who, now)
        if another is not None:
            raise CaseOpenElsewhere(another)

    def _audit(self, unit: UnitOfWork, order: Order, action: str, who: Actor, now: datetime, **detail: str) -> None:
        unit.audit.add(AuditEntry(now, who, action, actor_of(order.person).name, order.number, detail))
