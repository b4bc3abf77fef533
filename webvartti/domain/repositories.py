"""What the services ask of the main database: one unit of work, its repositories, one commit.

A writing unit of work that is left without ``commit`` changes nothing. Every method may raise StorageUnavailable; ``audit.add``
raises AuditUnavailable. Times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from webvartti.domain.audit import AuditEntry, Mark, Sealed
from webvartti.domain.card_checks import CardCheckRepository
from webvartti.domain.events import OrderState
from webvartti.domain.figures import FigureRepository
from webvartti.domain.held_orders import HeldOrder
from webvartti.domain.holders import CardId, Person
from webvartti.domain.measures import MeasureRepository
from webvartti.domain.messages import FeedbackRepository, Message
from webvartti.domain.orders import Contact, Order
from webvartti.domain.permissions import Role
from webvartti.domain.registers import Snapshot
from webvartti.domain.retention_repository import RetentionRepository
from webvartti.domain.review_repositories import (
    CaseRepository,
    DecisionInputRepository,
    LetterRepository,
    PolicyRepository,
    ReviewDecisionRepository,
    StaffRepository,
)
from webvartti.domain.sessions import Session, Ticket

T = TypeVar("T")


class OrderRepository(Protocol):
    """Orders with their events and decision."""

    def add(self, order: Order) -> None:
        """Raises OrderAlreadyOpen where the card has an open order (a unique index says so, not a look before)."""
        ...

    def save(self, order: Order, *, seen_version: int) -> None:
        """Store the changed order and its new events. Raises StaleOrder where the stored version isn't ``seen_version``."""
        ...

    def get(self, number: str) -> Order:
        """Raises NotFound."""
        ...

    def of_person(self, person: Person) -> tuple[Order, ...]:
        """Newest first."""
        ...

    def open_for_card(self, card: CardId) -> str:
        """The number of the card's open order; empty where it has none."""
        ...

    def page(self, *, state: OrderState | None, before: str, limit: int) -> tuple[Order, ...]:
        """Newest first; ``before`` is the number of the last order of the page before, empty for the first page."""
        ...


class HeldOrderRepository(Protocol):
    """Which orders wait for fresh revocation data."""

    def add(self, held: HeldOrder) -> None: ...

    def waiting(self) -> tuple[HeldOrder, ...]:
        """The longest waiting first."""
        ...

    def delete(self, number: str) -> None: ...


class IdempotencyKeys(Protocol):
    """One key, one order: inserted first, so that two of the same can't both go on."""

    def claim(self, key: str, person: Person, number: str, now: datetime) -> None:
        """Raises KeyAlreadyUsed with the number of the order that the key made."""
        ...

    def number(self, key: str, person: Person) -> str | None:
        """The order that the key made."""
        ...

    def delete_older_than(self, moment: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has filled in so far for one card: plain strings by field name, as they were typed and found valid."""

    person: Person
    card: CardId
    fields: Mapping[str, str]
    updated_at: datetime


class DraftRepository(Protocol):
    def get(self, person: Person, card: CardId) -> Draft | None: ...

    def put(self, draft: Draft) -> None: ...

    def delete(self, person: Person, card: CardId) -> None: ...

    def delete_older_than(self, moment: datetime) -> int: ...


class ContactRepository(Protocol):
    """How a person was last told to be reached."""

    def get(self, person: Person) -> Contact | None: ...

    def put(self, person: Person, contact: Contact, now: datetime) -> None: ...


class TicketRepository(Protocol):
    def add(self, ticket: Ticket) -> None: ...

    def burn(self, ticket_hash: str, cookie_hash: str, now: datetime) -> Ticket | None:
        """One UPDATE that succeeds for one caller: unused, unexpired, of the same cookie. None otherwise."""
        ...

    def delete_expired(self, now: datetime) -> int: ...


class SessionRepository(Protocol):
    def add(self, session: Session) -> None: ...

    def get(self, id_hash: str) -> Session | None: ...

    def get_with_roles(self, id_hash: str) -> tuple[Session, frozenset[Role]] | None:
        """With what the holder is among the staff: asked together, as every page needs both."""
        ...

    def touch(self, id_hash: str, now: datetime) -> None: ...

    def delete(self, id_hash: str) -> bool:
        """True where there was one."""
        ...

    def delete_expired(self, now: datetime, idle_before: datetime) -> int: ...


class AuditRepository(Protocol):
    def add(self, entry: AuditEntry) -> None:
        """Raises AuditUnavailable."""
        ...

    def unsealed(self, limit: int) -> tuple[AuditEntry, ...]:
        """In the order of their ids."""
        ...

    def stray(self) -> int | None:
        """The id of an entry that has no seal and doesn't wait for one: somebody has kept it out of the chain."""
        ...

    def last_seal(self) -> tuple[int, str]:
        """(position, seal), the mark's where every seal was removed; (0, FIRST_SEAL) where there never was one."""
        ...

    def mark(self) -> Mark | None:
        """What stands in place of the removed old end, unverified."""
        ...

    def add_seals(self, sealed: Sequence[Sealed]) -> None: ...

    def chain(self) -> Iterator[Sealed]:
        """Every seal by position, its entry or None where the row is gone. Memory stays flat."""
        ...

    def recent(self, *, limit: int, subject: str = "", order: str = "") -> tuple[AuditEntry, ...]:
        """Newest first."""
        ...


class Outbox(Protocol):
    """Messages waiting to be sent."""

    def add(self, message: Message, now: datetime) -> None: ...

    def due(self, now: datetime, limit: int) -> tuple[Message, ...]: ...

    def sent(self, message: Message, now: datetime) -> None: ...

    def claim(self, message: Message, *, until: datetime) -> bool:
        """Count an attempt, and keep the message from being due before ``until``; False where somebody else has claimed it."""
        ...

    def put_off(self, message: Message, *, next_try: datetime) -> None: ...

    def delete_sent_before(self, moment: datetime) -> int: ...

    def waiting(self) -> tuple[Message, ...]:
        """All that are not sent, for the operator; the most tried first."""
        ...


class SnapshotRepository(Protocol):
    """Which extracts and CRLs this installation has put in use, so that several nodes can tell whether theirs are the same."""

    def record(self, snapshot: Snapshot, now: datetime) -> None: ...

    def latest(self) -> tuple[Snapshot, ...]: ...


class AttemptCounters(Protocol):
    """Until when the attempts of each key are spent (see ``domain.limits``), exactly, whoever counts at the same time."""

    def spend(self, costs: Mapping[str, timedelta], latest: datetime, now: datetime) -> Mapping[str, datetime]:
        """Move each key on by its cost, from now where nothing is spent; return where they are then.

        A stored moment after ``latest`` can't be right and counts as nothing spent.
        """
        ...

    def delete_spent(self, now: datetime) -> int:
        """Forget the keys that have nothing spent any more."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def orders(self) -> OrderRepository: ...
    @property
    def held_orders(self) -> HeldOrderRepository: ...
    @property
    def idempotency(self) -> IdempotencyKeys: ...
    @property
    def drafts(self) -> DraftRepository: ...
    @property
    def contacts(self) -> ContactRepository: ...
    @property
    def tickets(self) -> TicketRepository: ...
    @property
    def sessions(self) -> SessionRepository: ...
    @property
    def audit(self) -> AuditRepository: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def feedback(self) -> FeedbackRepository: ...
    @property
    def snapshots(self) -> SnapshotRepository: ...
    @property
    def attempts(self) -> AttemptCounters: ...
    @property
    def cases(self) -> CaseRepository: ...
    @property
    def review_decisions(self) -> ReviewDecisionRepository: ...
    @property
    def letters(self) -> LetterRepository: ...
    @property
    def staff(self) -> StaffRepository: ...
    @property
    def policies(self) -> PolicyRepository: ...
    @property
    def figures(self) -> FigureRepository: ...
    @property
    def measures(self) -> MeasureRepository: ...
    @property
    def decision_inputs(self) -> DecisionInputRepository: ...
    @property
    def card_checks(self) -> CardCheckRepository: ...
    @property
    def retention(self) -> RetentionRepository: ...

    def commit(self) -> None:
        """Make everything durable at once.

        Raises StorageUnavailable: then nothing has happened; CommitUnknown: then nobody knows yet.
        """
        ...


class UnitsOfWork(Protocol):
    """Opens units of work. Reading ones never block writers and never commit."""

    def reading(self) -> AbstractContextManager[UnitOfWork]: ...

    def writing(self) -> AbstractContextManager[UnitOfWork]: ...

    def serially(self, work: Callable[[UnitOfWork], T]) -> T:
        """Do ``work``, which commits, as if nobody else wrote meanwhile: for rules about a set of rows ("the last supervisor").

        It is done again where somebody else's commit made that impossible, so it may change nothing but the unit.
        """
        ...
