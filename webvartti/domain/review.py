"""Review: how a person's decision comes to take effect, with four eyes where it matters, and what is asked of the holder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.eligibility import Finding, Severity
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import ActorKind, EventKind, OrderState, next_state
from webvartti.domain.orders import Order, happened
from webvartti.domain.staff import Colleague, SameEyes

EFFECT_DELAY = timedelta(seconds=60)
"""How long a decision may be undone before anybody is told of it."""


class Matter(StrEnum):
    """What can need four eyes."""

    REJECT = "reject"
    OVERRIDE = "override"
    RULES = "rules"
    ROLES = "roles"


class DecisionStatus(StrEnum):
    """Where a person's decision is. Only the first two can still change."""

    AWAITS_SECOND = "awaits-second"
    TAKEN = "taken"
    EFFECTIVE = "effective"
    UNDONE = "undone"
    DECLINED = "declined"
    OVERTAKEN = "overtaken"


OPEN_DECISIONS = frozenset({DecisionStatus.AWAITS_SECOND, DecisionStatus.TAKEN})


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What a person decided, before and after it takes effect. Kept as long as its order, also where it was undone.

    ``words`` are the reviewer's to the holder. ``matters`` say why a second person is needed, none where none is.
    ``order_version`` is the order's after the last step: another one means that the order has moved on. ``takes_effect_at``
    is put off where it can't be told at that moment whether the card is still good.
    """

    number: str
    outcome: Outcome
    by: Colleague
    at: datetime
    status: DecisionStatus
    order_version: int
    reason: RejectionReason | None = None
    words: str = ""
    matters: tuple[Matter, ...] = ()
    second: Colleague | None = None
    second_at: datetime | None = None
    takes_effect_at: datetime | None = None
    ended_at: datetime | None = None
    id: int = 0

    def can_be_undone_by(self, who: Colleague, now: datetime) -> bool:
        """By whoever has taken part, until it takes effect."""
        if self.status not in OPEN_DECISIONS or (self.takes_effect_at is not None and now >= self.takes_effect_at):
            return False
        return who.person in {each.person for each in (self.by, self.second) if each is not None}

    def repeats(self, intent: Intent, who: Colleague) -> bool:
        """The same person has decided the same: a double click, a retry, a reload."""
        why = (intent.reason, intent.words) if intent.outcome is Outcome.REJECTED else (None, "")
        return (self.by.person, self.outcome, (self.reason, self.words)) == (who.person, intent.outcome, why)

    def was_stepped_by(self, who: Colleague, status: DecisionStatus) -> bool:
        """This person has brought it where it is: to TAKEN or DECLINED as the second pair of eyes, or to UNDONE."""
        if self.status is not status:
            return False
        took_part = (self.second,) if status is not DecisionStatus.UNDONE else (self.by, self.second)
        return who.person in {each.person for each in took_part if each is not None}


class DecisionRefused(WebVarttiError):
    """The base of what keeps a person from deciding."""

    code = "decision-refused"


class OwnOrder(DecisionRefused):
    """Nobody decides on an order that is theirs, or that they placed."""

    code = "own-order"


class NotAReviewer(DecisionRefused):
    """A case is handed over to somebody who may decide on it."""

    code = "not-a-reviewer"


class ReasonMissing(DecisionRefused):
    """A rejection says why, from the list."""

    code = "reason-missing"


class DecisionPending(DecisionRefused):
    """A decision has been taken already and hasn't taken effect yet."""

    code = "decision-pending"


class NoDecisionPending(DecisionRefused):
    """There is nothing to second, decline or undo: it has taken effect, or somebody was faster."""

    code = "no-decision-pending"


class NotYoursToUndo(DecisionRefused):
    """Only whoever has taken part in a decision can undo it, and only until it takes effect."""

    code = "not-yours-to-undo"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a reviewer wants to decide."""

    outcome: Outcome
    reason: RejectionReason | None = None
    words: str = ""


def demand_other_person(order: Order, who: Colleague) -> None:
    """Raises OwnOrder. Persons are compared, whatever role anybody has or had."""
    mine = f"{who.person.namespace}:{who.person.serial_number}"
    if order.person == who.person or any(
        event.actor.name == mine and event.kind in (EventKind.PLACED, EventKind.INFORMATION_GIVEN) for event in order.events
    ):
        raise OwnOrder("nobody decides on an order of their own")


def matters_of(order: Order, intent: Intent, four_eyes: frozenset[Matter]) -> tuple[Matter, ...]:
    """Why this decision needs a second person."""
    blocked = any(finding.severity is Severity.BLOCKS for finding in order.findings)
    concerned = {
        Matter.REJECT: intent.outcome is Outcome.REJECTED,
        Matter.OVERRIDE: intent.outcome is Outcome.APPROVED and blocked,
    }
    return tuple(matter for matter, concerns in concerned.items() if concerns and matter in four_eyes)


def take(
    order: Order, intent: Intent, who: Colleague, four_eyes: frozenset[Matter], now: datetime
) -> tuple[Order, ReviewDecision]:
    """The order with one more event, and the decision. Raises OwnOrder, ReasonMissing, ChangeNotAllowed.

    What couldn't take effect in this state (a held order isn't approved past its hold) isn't decided either.
    """
    demand_other_person(order, who)
    if intent.outcome is Outcome.REJECTED and intent.reason is None:
        raise ReasonMissing
    next_state(order.state, EventKind.APPROVED if intent.outcome is Outcome.APPROVED else EventKind.REJECTED)
    matters = matters_of(order, intent, four_eyes)
    after = happened(order, EventKind.DECISION_TAKEN, who.actor, now, {"outcome": intent.outcome})
    decision = ReviewDecision(
        number=order.number,
        outcome=intent.outcome,
        by=who,
        at=now,
        status=DecisionStatus.AWAITS_SECOND if matters else DecisionStatus.TAKEN,
        order_version=after.version,
        reason=intent.reason if intent.outcome is Outcome.REJECTED else None,
        words=intent.words if intent.outcome is Outcome.REJECTED else "",
        matters=matters,
        takes_effect_at=None if matters else now + EFFECT_DELAY,
    )
    return after, decision


def second(order: Order, decision: ReviewDecision, who: Colleague, now: datetime) -> tuple[Order, ReviewDecision]:
    """The second pair of eyes agrees. Raises SameEyes, OwnOrder, NoDecisionPending."""
    _demand_second(order, decision, who)
    after = happened(order, EventKind.DECISION_SECONDED, who.actor, now, {"outcome": decision.outcome})
    changed = replace(
        decision,
        status=DecisionStatus.TAKEN,
        second=who,
        second_at=now,
        takes_effect_at=now + EFFECT_DELAY,
        order_version=after.version,
    )
    return after, changed


def decline(order: Order, decision: ReviewDecision, who: Colleague, now: datetime) -> tuple[Order, ReviewDecision]:
    """The second pair of eyes doesn't agree: the case is open again. Raises SameEyes, OwnOrder, NoDecisionPending."""
    _demand_second(order, decision, who)
    after = happened(order, EventKind.DECISION_DECLINED, who.actor, now, {"outcome": decision.outcome})
    done = DecisionStatus.DECLINED
    return after, replace(decision, status=done, second=who, second_at=now, ended_at=now, order_version=after.version)


def _demand_second(order: Order, decision: ReviewDecision, who: Colleague) -> None:
    if decision.status is not DecisionStatus.AWAITS_SECOND or decision.order_version != order.version:
        raise NoDecisionPending
    demand_other_person(order, who)
    if who.person == decision.by.person:
        raise SameEyes("whoever decided can't be the second pair of eyes")


def undo(order: Order, decision: ReviewDecision, who: Colleague, now: datetime) -> tuple[Order, ReviewDecision]:
    """The decision taken back; an event of its own. Raises NotYoursToUndo, NoDecisionPending."""
    if decision.status not in OPEN_DECISIONS or decision.order_version != order.version:
        raise NoDecisionPending
    if not decision.can_be_undone_by(who, now):
        raise NotYoursToUndo
    after = happened(order, EventKind.DECISION_UNDONE, who.actor, now, {"outcome": decision.outcome})
    return after, replace(decision, status=DecisionStatus.UNDONE, ended_at=now, order_version=after.version)


class LetterKind(StrEnum):
    """What is written between a holder and those who look at their order."""

    QUESTION = "question"
    ANSWER = "answer"
    NEW_LOOK = "new-look"


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing that was written about an order. ``author`` is empty for the holder's own words: the order says who."""

    number: str
    kind: LetterKind
    at: datetime
    text: str
    author: Colleague | None = None


NEW_LOOK = "new-look"
"""The finding that keeps a rule from deciding again what a person was asked to look at."""


def can_be_looked_at_anew(order: Order) -> bool:
    """True for what rules approved, until the hand-off to production, and for whatever was rejected."""
    if order.state is OrderState.APPROVED:
        return order.decision is not None and order.decision.actor.kind is ActorKind.SYSTEM
    return order.state is OrderState.REJECTED


def asked_anew(order: Order) -> Order:
    """The order after the holder asked for a new look: undecided, and a person's to decide."""
    asked = Finding(NEW_LOOK, Severity.NEEDS_PERSON, "review", 1)
    others = tuple(finding for finding in order.findings if finding.code != NEW_LOOK)
    return replace(order, decision=None, findings=(*others, asked))
