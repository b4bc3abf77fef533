"""Units of work on the main database."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import Engine

from webvartti.domain.card_checks import CardCheckRepository
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.figures import FigureRepository
from webvartti.domain.measures import MeasureRepository
from webvartti.domain.messages import FeedbackRepository
from webvartti.domain.repositories import (
    AttemptCounters,
    AuditRepository,
    ContactRepository,
    DraftRepository,
    HeldOrderRepository,
    IdempotencyKeys,
    OrderRepository,
    Outbox,
    SessionRepository,
    SnapshotRepository,
    TicketRepository,
    UnitOfWork,
)
from webvartti.domain.retention_repository import RetentionRepository
from webvartti.domain.review_repositories import (
    CaseRepository,
    DecisionInputRepository,
    LetterRepository,
    PolicyRepository,
    ReviewDecisionRepository,
    StaffRepository,
)
from webvartti.storage.audit import Audit
from webvartti.storage.card_checks import CardChecks
from webvartti.storage.cases import Cases
from webvartti.storage.drafts import Contacts, Drafts
from webvartti.storage.error_mapping import named_errors
from webvartti.storage.errors import ReadingUnitOfWork, TransactionConflict
from webvartti.storage.figures import Figures
from webvartti.storage.held_orders import HeldOrders
from webvartti.storage.idempotency import Keys
from webvartti.storage.limits import AttemptCounters as Attempts
from webvartti.storage.measures import Measures
from webvartti.storage.orders import Orders
from webvartti.storage.outbox import Feedbacks, MessageOutbox
from webvartti.storage.retention import Retention
from webvartti.storage.review import Letters, ReviewDecisions
from webvartti.storage.rules import DecisionInputs, Policies
from webvartti.storage.sign_in import Sessions, Tickets
from webvartti.storage.snapshots import Snapshots
from webvartti.storage.sqlite_engine import WRITING
from webvartti.storage.staff import Staff
from webvartti.storage.transaction import Transaction

T = TypeVar("T")
MOST_TRIES = 8

PATIENCE = 10.0
"""Seconds that a thread waits for its turn to write on SQLite."""


class Unit:
    """One transaction and its repositories, as ``domain.repositories.UnitOfWork`` asks."""

    def __init__(self, transaction: Transaction, *, writing: bool) -> None:
        self._transaction = transaction
        self._writing = writing
        orders = Orders(transaction, writing=writing)
        self.orders: OrderRepository = orders
        self.cases: CaseRepository = Cases(transaction, orders.whole)
        self.review_decisions: ReviewDecisionRepository = ReviewDecisions(transaction)
        self.figures: FigureRepository = Figures(transaction)
        self.measures: MeasureRepository = Measures(transaction)
        self.letters: LetterRepository = Letters(transaction)
        self.staff: StaffRepository = Staff(transaction)
        self.policies: PolicyRepository = Policies(transaction)
        self.decision_inputs: DecisionInputRepository = DecisionInputs(transaction)
        self.held_orders: HeldOrderRepository = HeldOrders(transaction)
        self.idempotency: IdempotencyKeys = Keys(transaction)
        self.drafts: DraftRepository = Drafts(transaction)
        self.contacts: ContactRepository = Contacts(transaction)
        self.tickets: TicketRepository = Tickets(transaction)
        self.sessions: SessionRepository = Sessions(transaction)
        self.audit: AuditRepository = Audit(transaction)
        self.outbox: Outbox = MessageOutbox(transaction)
        self.feedback: FeedbackRepository = Feedbacks(transaction)
        self.snapshots: SnapshotRepository = Snapshots(transaction)
        self.attempts: AttemptCounters = Attempts(transaction)
        self.card_checks: CardCheckRepository = CardChecks(transaction)
        self.retention: RetentionRepository = Retention(transaction)

    def commit(self) -> None:
        """Raises StorageUnavailable (nothing has happened), ReadingUnitOfWork, UnitOfWorkOver on a second time."""
        if not self._writing:
            raise ReadingUnitOfWork
        self._transaction.commit()


class Storage:
    """Opens units of work, as ``domain.repositories.UnitsOfWork`` asks. One for the whole process; threads may share it."""

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._engines = {
            (writing, serializable): engine.execution_options(**self._options(writing, serializable))
            for writing in (True, False)
            for serializable in (True, False)
        }
        self._patience = patience
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """Sees one state of the database from its first question on, locks nobody out, and can't write."""
        with self._opened(writing=False) as unit:
            yield unit

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """The only writer on SQLite, once its turn has come (see ``PATIENCE``). Without ``commit`` nothing has happened."""
        with self._opened(writing=True) as unit:
            yield unit

    def serially(self, work: Callable[[UnitOfWork], T]) -> T:
        """SERIALIZABLE on PostgreSQL, tried again where that is refused; a writer on SQLite is alone anyway."""
        for attempt in range(1, MOST_TRIES + 1):
            try:
                with self._opened(writing=True, serializable=True) as unit:
                    return work(unit)
            except TransactionConflict:
                if attempt == MOST_TRIES:
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - so that those who met don't meet again
        raise AssertionError("the last attempt returns or raises")

    @property
    def one_writer(self) -> bool:
        """Whoever writes locks every other writer out: that is SQLite."""
        return self._turn is not None

    @contextmanager
    def transaction(self, *, writing: bool, serializable: bool = False) -> Iterator[Transaction]:
        """What a unit of work is made of, for whatever in this room has no repository."""
        with self._own_turn() if writing else nullcontext():
            with named_errors():
                connection = self._engines[writing, serializable].connect()
            transaction = Transaction(connection)
            try:
                transaction.begin()
                yield transaction
            finally:
                transaction.end()

    @contextmanager
    def _opened(self, *, writing: bool, serializable: bool = False) -> Iterator[UnitOfWork]:
        with self.transaction(writing=writing, serializable=serializable) as transaction:
            yield Unit(transaction, writing=writing)

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """On SQLite the writers of this process line up here, before they take a connection. SQLite itself lets whoever waits
        sleep and try again: in a crowd the sleepers had all the connections, so that nobody could even read.
        """
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._patience):
            raise StorageUnavailable("too many wait to write")
        try:
            yield
        finally:
            self._turn.release()

    def _options(self, writing: bool, serializable: bool) -> dict[str, Any]:
        """PostgreSQL shows one state only where it is asked to, and an order and its events come in two questions."""
        if self._engine.dialect.name != "postgresql":
            return {WRITING: writing}
        if not writing:
            return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return {"isolation_level": "SERIALIZABLE"} if serializable else {}  # the engine's own is READ COMMITTED
