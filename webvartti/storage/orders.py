"""The orders repository."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, bindparam, func, or_, select, text, update

from webvartti.domain.decisions import Decision
from webvartti.domain.errors import NotFound
from webvartti.domain.events import OPEN_STATES, OrderEvent, OrderState
from webvartti.domain.holders import CardId, Person
from webvartti.domain.orders import Order, OrderAlreadyOpen, StaleOrder
from webvartti.storage.cases import case_values, forget_names, name_values
from webvartti.storage.columns import words
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.forms import card_values
from webvartti.storage.order_rows import decision_of, decision_values, event_values, order_of, order_values
from webvartti.storage.order_tables import decisions, one_open_order_a_card, order_events, orders
from webvartti.storage.review_tables import cases, order_names
from webvartti.storage.transaction import Transaction

_NUMBERS = "uq_orders_number"
_OPEN_FOR_CARD = select(orders.c.number).where(
    orders.c.issuer_key == bindparam("issuer_key"),
    orders.c.card_serial == bindparam("card_serial"),
    text(f"orders.state IN ({words(OPEN_STATES)})"),  # in the very words of the index, which SQLite uses for nothing else
)
_BY_NUMBER = select(orders).where(orders.c.number == bindparam("of_number"))
_BY_NUMBER_LOCKED = _BY_NUMBER.with_for_update(key_share=True)
_EVENTS = (
    select(order_events).where(order_events.c.order_id.in_(bindparam("order_ids", expanding=True))).order_by(order_events.c.seq)
)
_DECISIONS = select(decisions).where(decisions.c.order_id.in_(bindparam("order_ids", expanding=True)), decisions.c.is_current)
NEWEST_FIRST = (orders.c.placed_at.desc(), orders.c.id.desc())


class Orders:
    """Orders with their events and decisions, as ``domain.repositories.OrderRepository`` asks."""

    def __init__(self, transaction: Transaction, *, writing: bool) -> None:
        self._transaction = transaction
        self._writing = writing

    def add(self, order: Order) -> None:
        """Raises OrderAlreadyOpen, and ConstraintViolated where the number is taken; in both cases nothing was stored."""
        order_id = self._transaction.insert_unless_there(orders, order_values(order), orders.c.id)
        if order_id is None:
            if self._transaction.row(select(orders.c.id).where(orders.c.number == order.number)) is not None:
                raise ConstraintViolated(frozenset({_NUMBERS}))
            raise OrderAlreadyOpen(self.open_for_card(order.card))
        self._transaction.insert(order_events, [event_values(order_id, *each) for each in enumerate(order.events, start=1)])
        if order.decision is not None:
            self._transaction.insert(decisions, decision_values(order_id, order.decision))
        self._transaction.insert(cases, {"order_id": order_id, **case_values(order)})
        self._keep_names(order_id, order.recipient)

    def save(self, order: Order, *, seen_version: int) -> None:
        """Raises StaleOrder, also where there is no such order."""
        seen = (orders.c.number == order.number) & (orders.c.version == seen_version)
        before = self._transaction.row(select(orders.c.recipient).where(seen))
        if before is None:
            raise StaleOrder(order.number)
        try:
            changed = self._transaction.attempt(update(orders).where(seen).values(order_values(order)))
        except ConstraintViolated as refused:
            self._raise_already_open(refused, order.card)
            raise
        if not changed:
            raise StaleOrder(order.number)
        order_id = self._id(order.number)
        self._append_events(order_id, order.events)
        self._keep_decision(order_id, order.decision)
        self._transaction.change(update(cases).where(cases.c.order_id == order_id).values(case_values(order)))
        if order.recipient != before["recipient"]:
            forget_names(self._transaction, order_id)
            self._keep_names(order_id, order.recipient)

    def get(self, number: str) -> Order:
        """Raises NotFound. In a writing unit of work it waits for others who write about this order, and they for it: as on
        SQLite, the same form sent twice finds what it has done. Rows that refer to the order are kept from nobody.
        """
        question = _BY_NUMBER_LOCKED if self._writing else _BY_NUMBER
        found = self.whole(self._transaction.rows(question, {"of_number": number}))
        if not found:
            raise NotFound(f"there is no order {number}")
        return found[0]

    def of_person(self, person: Person) -> tuple[Order, ...]:
        """Newest first."""
        return self._find(orders.c.person_namespace == person.namespace, orders.c.person_serial_number == person.serial_number)

    def open_for_card(self, card: CardId) -> str:
        """The order's number; empty where there is none."""
        row = self._transaction.row(_OPEN_FOR_CARD, card_values(card))
        return "" if row is None else str(row["number"])

    def page(self, *, state: OrderState | None, before: str, limit: int) -> tuple[Order, ...]:
        """Newest first. Raises NotFound where ``before`` is no order's number."""
        wanted: list[ColumnElement[bool]] = [] if state is None else [orders.c.state == state.value]
        if before:
            last = self._transaction.row(select(orders.c.placed_at, orders.c.id).where(orders.c.number == before))
            if last is None:
                raise NotFound(f"there is no order {before}")
            # the first condition alone lets the index find the place; the second sorts out orders of the same moment
            wanted.append(orders.c.placed_at <= last["placed_at"])
            wanted.append(or_(orders.c.placed_at < last["placed_at"], orders.c.id < last["id"]))
        return self._find(*wanted, limit=limit)

    def _find(self, *wanted: ColumnElement[bool], limit: int | None = None) -> tuple[Order, ...]:
        return self.whole(self._transaction.rows(select(orders).where(*wanted).order_by(*NEWEST_FIRST).limit(limit)))

    def whole(self, rows: Sequence[RowMapping]) -> tuple[Order, ...]:
        """Orders with what hangs on them: two more questions, however many orders there are."""
        ids = [row["id"] for row in rows]
        if not ids:
            return ()
        events: defaultdict[int, list[RowMapping]] = defaultdict(list)
        for event in self._transaction.rows(_EVENTS, {"order_ids": ids}):
            events[event["order_id"]].append(event)
        current = self._transaction.rows(_DECISIONS, {"order_ids": ids})
        decided = {decision["order_id"]: decision for decision in current}
        return tuple(order_of(row, events[row["id"]], decided.get(row["id"])) for row in rows)

    def _id(self, number: str) -> int:
        row = self._transaction.row(select(orders.c.id).where(orders.c.number == number))
        if row is None:
            raise NotFound(f"there is no order {number}")
        return int(row["id"])

    def _append_events(self, order_id: int, events: Sequence[OrderEvent]) -> None:
        """History is only added to: what is stored already isn't looked at again."""
        stored = self._transaction.rows(select(func.max(order_events.c.seq)).where(order_events.c.order_id == order_id))
        last = next(iter(stored[0].values())) or 0
        new = [event_values(order_id, seq, event) for seq, event in enumerate(events, start=1) if seq > last]
        if new:
            self._transaction.insert(order_events, new)

    def _keep_decision(self, order_id: int, decision: Decision | None) -> None:
        """One decision is current; the ones before it stay for those who ask how it came."""
        current = (decisions.c.order_id == order_id) & decisions.c.is_current
        row = self._transaction.row(select(decisions).where(current))
        if (None if row is None else decision_of(row)) == decision:
            return
        self._transaction.change(update(decisions).where(current).values(is_current=False))
        if decision is not None:
            self._transaction.insert(decisions, decision_values(order_id, decision))

    def _keep_names(self, order_id: int, recipient: str) -> None:
        words = name_values(order_id, recipient)
        if words:
            self._transaction.insert(order_names, words)

    def _raise_already_open(self, refused: ConstraintViolated, card: CardId) -> None:
        if refused.concerns(one_open_order_a_card):
            raise OrderAlreadyOpen(self.open_for_card(card)) from None
