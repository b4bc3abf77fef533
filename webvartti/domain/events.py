"""What happens to an order, in the past tense, and which state each event leads to.

``TRANSITIONS`` is the one table of state changes: what it doesn't list is refused by name. The picture in the documentation is
generated from it (``webvartti orders states``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from webvartti.domain.errors import WebVarttiError


class OrderState(StrEnum):
    """Where an order is."""

    SUBMITTED = "submitted"
    HELD = "held"
    MORE_INFORMATION_NEEDED = "more-information-needed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    IN_PRODUCTION = "in-production"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"


class EventKind(StrEnum):
    """What happened."""

    PLACED = "placed"
    HELD = "held"
    RELEASED = "released"
    INFORMATION_REQUESTED = "information-requested"
    INFORMATION_GIVEN = "information-given"
    DECISION_TAKEN = "decision-taken"
    DECISION_SECONDED = "decision-seconded"
    DECISION_DECLINED = "decision-declined"
    DECISION_UNDONE = "decision-undone"
    REVIEW_REQUESTED = "review-requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HANDED_OFF = "handed-off"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"


OPEN_STATES = frozenset(
    {
        OrderState.SUBMITTED,
        OrderState.HELD,
        OrderState.MORE_INFORMATION_NEEDED,
        OrderState.APPROVED,
        OrderState.IN_PRODUCTION,
        OrderState.DISPATCHED,
    }
)
"""An order in one of these is on its way: no second order for the same card."""

UNDECIDED = (OrderState.SUBMITTED, OrderState.HELD, OrderState.MORE_INFORMATION_NEEDED)
"""Orders in one of these wait for a decision."""

_BEFORE_A_DECISION_TAKES_EFFECT = (
    EventKind.DECISION_TAKEN,
    EventKind.DECISION_SECONDED,
    EventKind.DECISION_DECLINED,
    EventKind.DECISION_UNDONE,
)

TRANSITIONS: Mapping[tuple[OrderState | None, EventKind], OrderState] = {
    (None, EventKind.PLACED): OrderState.SUBMITTED,
    (OrderState.SUBMITTED, EventKind.HELD): OrderState.HELD,
    (OrderState.SUBMITTED, EventKind.INFORMATION_REQUESTED): OrderState.MORE_INFORMATION_NEEDED,
    (OrderState.SUBMITTED, EventKind.APPROVED): OrderState.APPROVED,
    (OrderState.SUBMITTED, EventKind.REJECTED): OrderState.REJECTED,
    (OrderState.SUBMITTED, EventKind.WITHDRAWN): OrderState.WITHDRAWN,
    (OrderState.HELD, EventKind.RELEASED): OrderState.SUBMITTED,
    (OrderState.HELD, EventKind.REJECTED): OrderState.REJECTED,
    (OrderState.HELD, EventKind.WITHDRAWN): OrderState.WITHDRAWN,
    (OrderState.MORE_INFORMATION_NEEDED, EventKind.INFORMATION_GIVEN): OrderState.SUBMITTED,
    (OrderState.MORE_INFORMATION_NEEDED, EventKind.REJECTED): OrderState.REJECTED,
    (OrderState.MORE_INFORMATION_NEEDED, EventKind.WITHDRAWN): OrderState.WITHDRAWN,
    **{(state, event): state for state in UNDECIDED for event in _BEFORE_A_DECISION_TAKES_EFFECT},
    (OrderState.APPROVED, EventKind.REVIEW_REQUESTED): OrderState.SUBMITTED,
    (OrderState.REJECTED, EventKind.REVIEW_REQUESTED): OrderState.SUBMITTED,
    (OrderState.APPROVED, EventKind.HELD): OrderState.HELD,
    (OrderState.APPROVED, EventKind.REJECTED): OrderState.REJECTED,
    (OrderState.APPROVED, EventKind.WITHDRAWN): OrderState.WITHDRAWN,
    (OrderState.APPROVED, EventKind.HANDED_OFF): OrderState.IN_PRODUCTION,
    (OrderState.IN_PRODUCTION, EventKind.DISPATCHED): OrderState.DISPATCHED,
    (OrderState.DISPATCHED, EventKind.DELIVERED): OrderState.DELIVERED,
    (OrderState.DISPATCHED, EventKind.RETURNED): OrderState.RETURNED,
}


class ChangeNotAllowed(WebVarttiError):
    """The table has no such change: the order has moved on, or never was where the asker believed."""

    code = "change-not-allowed"

    def __init__(self, state: OrderState | None, event: EventKind) -> None:
        super().__init__(f"an order that is {state} can't be {event}")
        self.state = state
        self.event = event


def next_state(state: OrderState | None, event: EventKind) -> OrderState:
    """The state after ``event``; ``state`` is None before an order exists. Raises ChangeNotAllowed."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ChangeNotAllowed(state, event) from None


class ActorKind(StrEnum):
    """Who made something happen."""

    HOLDER = "holder"
    STAFF = "staff"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a holder or a member of the staff by their person ("namespace:serialNumber"), an operator by account name, the
    system by job name.
    """

    kind: ActorKind
    name: str


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One line of an order's history. ``reason`` is data (codes, dates), never free text about a person."""

    kind: EventKind
    at: datetime
    actor: Actor
    state: OrderState
    reason: Mapping[str, str] = field(default_factory=dict)
