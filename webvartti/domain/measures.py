"""What is measured of an installation while it runs: counts and times, nothing of a person.

The room ``telemetry`` knows in which words they are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from webvartti.domain.crl_fetching import ListStatus
from webvartti.domain.events import UNDECIDED, OrderState
from webvartti.domain.registers import RegisterKind, Snapshot

COUNTED_STATES = UNDECIDED
"""Orders in the other states only grow (of a million approved ones a count takes 0.2 s), and nobody waits for them here."""

ACCEPTED, DRAFT_LANE, NO_TICKET = "accepted", "draft-lane", "ticket-not-valid"
"""How a sign-in can end, beside the codes of the reasons for which a card is refused."""

NO_ENDPOINT = "none"
"""In the place of an endpoint: the address is no page of ours."""


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """One request and its answer. ``endpoint`` is the name of one of our routes, never an address."""

    listener: str
    endpoint: str
    method: str
    status: int
    seconds: float


class Meter(Protocol):
    """Counts what happens while it happens. Never raises: who is answered must not suffer from being counted."""

    def request_began(self, listener: str) -> None: ...

    def request_ended(self, answered: AnsweredRequest) -> None: ...

    def sign_in_ended(self, outcome: str) -> None:
        """``outcome`` is one of the words above, or the code of a refusal."""
        ...


class Unmetered:
    """The meter where nobody asks for numbers."""

    def request_began(self, listener: str) -> None: ...

    def request_ended(self, answered: AnsweredRequest) -> None: ...

    def sign_in_ended(self, outcome: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the first of them does; None where none does."""

    count: int
    since: datetime | None

    def longest(self, now: datetime) -> timedelta:
        """How long the first has waited."""
        return timedelta(0) if self.since is None else age(self.since, now)


def age(moment: datetime, now: datetime) -> timedelta:
    """Never less than nothing, however the clocks of the nodes differ."""
    return max(now - moment, timedelta(0))


class MeasureRepository(Protocol):
    """What the main database tells in a few cheap questions."""

    def orders(self) -> Mapping[OrderState, int]:
        """How many are in each of COUNTED_STATES."""
        ...

    def first_undecided(self) -> datetime | None:
        """When the oldest order was placed that waits for a decision."""
        ...

    def messages(self) -> Waiting:
        """Those that aren't sent yet."""
        ...

    def unsealed(self) -> int:
        """Audit entries without their seal."""
        ...

    def recorded_at(self, snapshot: Snapshot) -> datetime | None:
        """When these very contents were last put in use, here or on another node; None where that was never recorded."""
        ...


@dataclass(frozen=True, slots=True)
class StoredMeasures:
    """What the main database tells. ``extracts``: how long ago each extract that this machine uses was put in use."""

    orders: Mapping[OrderState, int]
    cases: Waiting
    messages: Waiting
    unsealed: int
    extracts: Mapping[RegisterKind, timedelta]


@dataclass(frozen=True, slots=True)
class Repetition:
    """A job, or a loop of jobs: how long ago it last ended, or began where it never has, and how long it took."""

    name: str
    idle: timedelta
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that is measured at one moment. ``stored`` is None where the database doesn't answer."""

    at: datetime
    stored: StoredMeasures | None
    crls: tuple[ListStatus, ...]
    extracts: frozenset[RegisterKind]
    repeated: tuple[Repetition, ...]


def waiting_cases(orders: Mapping[OrderState, int], first: datetime | None) -> Waiting:
    """The review queue: every order that waits for a decision has a case in it, and no other order has (``queue.place_at``)."""
    return Waiting(sum(orders.get(state, 0) for state in UNDECIDED), first)
