"""The review queue: in which order cases are looked at, and who has one open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import UNDECIDED
from webvartti.domain.orders import Order
from webvartti.domain.review import ReviewDecision
from webvartti.domain.staff import Colleague

FLOOR = timedelta(days=14)
"""How long a case can be passed by others at the most: then it stands where somebody stands whose card ends on that day."""

LEASE = timedelta(minutes=10)
"""How long an opened case is shown to others as taken; each thing done with it begins the time anew."""


class PlaceReason(StrEnum):
    """Why a case stands where it stands."""

    WITHOUT_CARD = "without-card"
    CARD_ENDS = "card-ends"
    WAITED = "waited"


@dataclass(frozen=True, slots=True)
class Place:
    """``at`` sorts the queue, the earliest first; ``days`` is how many whole days since or until what ``reason`` says."""

    at: datetime
    reason: PlaceReason
    days: int


def place_at(order: Order) -> datetime | None:
    """Where the case sorts: by harm, that is, from when the holder is without a working card. None once it is decided.

    It depends on nothing that changes with time, so an index keeps the order. Nobody starves: whoever orders later than FLOOR
    after a case has a card that works still on that day.
    """
    return standing(order) if order.state in UNDECIDED else None


def standing(order: Order) -> datetime:
    """Where the case stands, or stood while it was open: a page begins after a case, also after one that has left the queue."""
    return min(_without_card_from(order), order.placed_at + FLOOR)


def place(order: Order, now: datetime) -> Place:
    """The place with its reason, for people."""
    ends, at = _without_card_from(order), standing(order)
    if ends <= now:
        return Place(at, PlaceReason.WITHOUT_CARD, (now - ends).days)
    if at < ends:
        return Place(at, PlaceReason.WAITED, (now - order.placed_at).days)
    return Place(at, PlaceReason.CARD_ENDS, (ends - now).days)


def _without_card_from(order: Order) -> datetime:
    revoked = order.revocation.revoked_at
    return order.certificate_not_after if revoked is None else min(revoked, order.certificate_not_after)


@dataclass(frozen=True, slots=True)
class CaseWork:
    """Who has a case on their desk. The lease frees itself at ``lease_until``; an assignment stays."""

    assignee: Colleague | None = None
    opened_by: Colleague | None = None
    lease_until: datetime | None = None

    def open_elsewhere(self, who: Colleague, now: datetime) -> Colleague | None:
        """Who else has the case open."""
        if self.opened_by is None or self.lease_until is None or now >= self.lease_until:
            return None
        return None if self.opened_by.person == who.person else self.opened_by


class CaseOpenElsewhere(WebVarttiError):
    """A colleague has the case open."""

    code = "case-open-elsewhere"

    def __init__(self, colleague: Colleague) -> None:
        super().__init__(colleague.name)
        self.colleague = colleague


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What of the queue is asked for; None and empty text filter nothing. ``mine`` is whose cases, ``age`` is in days."""

    state: str = ""
    finding: str = ""
    profession: str = ""
    expires_before: datetime | None = None
    placed_before: datetime | None = None
    mine: Colleague | None = None
    unassigned: bool = False
    awaits_second: bool = False


@dataclass(frozen=True, slots=True)
class QueueCase:
    """One line of the queue."""

    order: Order
    place: Place
    work: CaseWork
    decision: ReviewDecision | None = None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How the queue stands: all open cases by state, and how many wait for a second person."""

    by_state: Mapping[str, int]
    awaits_second: int
