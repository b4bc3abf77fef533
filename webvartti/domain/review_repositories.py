"""What review asks of the main database, beside orders: cases, decisions of people, letters, staff, rules, stored inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy
from webvartti.domain.events import Actor
from webvartti.domain.holders import Person
from webvartti.domain.orders import Order
from webvartti.domain.permissions import Role
from webvartti.domain.queue import CaseWork, QueueCase, QueueCounts, QueueFilter
from webvartti.domain.review import Letter, ReviewDecision
from webvartti.domain.rules import PolicyChange
from webvartti.domain.staff import Colleague, RoleChange, StaffMember


class CaseRepository(Protocol):
    """Orders that wait for a person. An order becomes a case, and stops being one, where it is stored."""

    def page(self, wanted: QueueFilter, *, after: str, limit: int, now: datetime) -> tuple[QueueCase, ...]:
        """By place; ``after`` is the number of the last order of the page before, open or not by now. Raises NotFound."""
        ...

    def counts(self) -> QueueCounts: ...

    def find(self, text: str, limit: int) -> tuple[Order, ...]:
        """Orders, open or not: by order number, registration number, or the beginnings of words of the name."""
        ...

    def work(self, number: str) -> CaseWork: ...

    def lease(self, number: str, who: Colleague, until: datetime, now: datetime) -> bool:
        """One UPDATE that succeeds for one of many at once: nobody else has the case open."""
        ...

    def free(self, number: str, who: Colleague) -> None:
        """End this colleague's lease, where they have one."""
        ...

    def assign(self, number: str, colleague: Colleague | None) -> None: ...

    def give_back(self, person: Person) -> None:
        """What this person has on their desk is everybody's again."""
        ...

    def next_free(self, who: Colleague, now: datetime) -> str | None:
        """The first case by place that this colleague may decide on: nobody's or theirs, open nowhere, not their own order."""
        ...


class ReviewDecisionRepository(Protocol):
    """What people decided: one open decision an order, and all that ended."""

    def add(self, decision: ReviewDecision) -> None:
        """Raises DecisionPending where the order has an open one (a unique index says so)."""
        ...

    def save(self, decision: ReviewDecision, *, seen: ReviewDecision) -> None:
        """Raises NoDecisionPending where it isn't as it was ``seen`` any more."""
        ...

    def open_for(self, number: str) -> ReviewDecision | None: ...

    def of_order(self, number: str) -> tuple[ReviewDecision, ...]:
        """Oldest first."""
        ...

    def due(self, now: datetime, limit: int) -> tuple[ReviewDecision, ...]:
        """Those whose order has moved on, and those that take effect now, the earliest first."""
        ...


class LetterRepository(Protocol):
    def add(self, letter: Letter) -> None: ...

    def of_order(self, number: str) -> tuple[Letter, ...]:
        """Oldest first."""
        ...


class StaffRepository(Protocol):
    def get(self, person: Person) -> StaffMember | None: ...

    def all(self) -> tuple[StaffMember, ...]:
        """By name."""
        ...

    def supervisors(self) -> frozenset[Person]:
        """Who is one until this unit of work ends: two at once can't each take the other's role away."""
        ...

    def grant(self, colleague: Colleague, role: Role, now: datetime) -> None:
        """Nothing happens where they have it already, but that the name is the newest known."""
        ...

    def revoke(self, person: Person, role: Role) -> bool:
        """True where they had it."""
        ...

    def ask(self, change: RoleChange) -> int: ...

    def asked(self) -> tuple[RoleChange, ...]:
        """Changes that wait for somebody else, oldest first."""
        ...

    def settle(self, change: RoleChange) -> None:
        """It waits no more. Raises RoleChangeGone where it doesn't."""
        ...


class PolicyRepository(Protocol):
    """The renewal policy, where people have changed it."""

    def current(self) -> PolicyChange | None:
        """The newest that is in force."""
        ...

    def proposed(self) -> tuple[PolicyChange, ...]:
        """Those that wait for somebody else, oldest first."""
        ...

    def history(self, limit: int) -> tuple[PolicyChange, ...]:
        """Newest first, all of them."""
        ...

    def propose(self, change: PolicyChange) -> int: ...

    def settle(self, change: PolicyChange, *, by: Actor, in_force: bool, now: datetime) -> None:
        """Put it in force, or throw it away. Raises PolicyChangeGone where it doesn't wait any more."""
        ...


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """What the rules saw when an order was placed or released: enough to let other rules see the same."""

    number: str
    at: datetime
    facts: RenewalFacts
    policy: RenewalPolicy


class DecisionInputRepository(Protocol):
    def put(self, stored: DecisionInput) -> None:
        """The newest of an order replaces the one before."""
        ...

    def get(self, number: str) -> DecisionInput | None:
        """None for orders of before inputs were stored."""
        ...

    def since(self, moment: datetime) -> Iterator[DecisionInput]:
        """By time, row by row; must be used up inside the unit of work."""
        ...

    def counts(self, moment: datetime) -> tuple[int, int]:
        """How many ``since`` gives, and how many orders placed since then have nothing stored."""
        ...
