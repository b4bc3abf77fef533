"""Retention in the database: what is found, what goes with it, what stays, and what is asked again when it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.integration.storage.cases import add, plans_of
from tests.integration.storage.ended import SYSTEM, delete, ended, rows, seal_all, write_audit
from tests.unit.domain.facts import facts
from tests.unit.domain.placed import ANNA
from webvartti.domain.decisions import AUTOMATIC, Decision, Outcome
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.events import OPEN_STATES, EventKind, OrderState
from webvartti.domain.held_orders import HeldOrder
from webvartti.domain.holders import CardHolder
from webvartti.domain.messages import Feedback, Message, MessageKind
from webvartti.domain.orders import Order, decided, happened
from webvartti.domain.retention import CLOSED_STATES, Kept, Kind
from webvartti.domain.retention_repository import Gone
from webvartti.domain.review import DecisionStatus, Letter, LetterKind, ReviewDecision
from webvartti.domain.review_repositories import DecisionInput
from webvartti.storage.retention import BY_NUMBER, BY_ORDER_ID
from webvartti.storage.schema import metadata, orders, snapshots
from webvartti.storage.unit_of_work import Storage

Numbered = Callable[..., Order]


def due(storage: Storage, kind: Kind, before: datetime) -> int:
    with storage.reading() as unit:
        return len(unit.retention.keys(kind, before))


def with_everything(storage: Storage, order: Order, holder: CardHolder, at: datetime) -> None:
    """A row in every table that knows orders."""
    approved = decided(order, Decision(Outcome.APPROVED, at, AUTOMATIC, "all.1", order.findings))
    overtaken = ReviewDecision(order.number, Outcome.APPROVED, ANNA, at, DecisionStatus.OVERTAKEN, 1, ended_at=at)
    with storage.writing() as unit:
        unit.orders.add(happened(approved, EventKind.WITHDRAWN, SYSTEM, at))
        unit.decision_inputs.put(DecisionInput(order.number, at, facts(), RenewalPolicy()))
        unit.held_orders.add(HeldOrder(order.number, holder, at))
        unit.review_decisions.add(overtaken)
        unit.letters.add(Letter(order.number, LetterKind.NEW_LOOK, at, "Katsokaa uudelleen."))
        unit.idempotency.claim(f"key of {order.number}", order.person, order.number, at)
        unit.commit()


def test_everything_that_hangs_on_an_order_is_known() -> None:
    """A new table with an order in it is in one of the two lists, or an order's data would outlive it."""
    refers = {
        table.name
        for table in metadata.sorted_tables
        if any(key.column.table is orders for key in table.foreign_keys) or {"number", "order_id"} & set(table.columns.keys())
    }
    numbers_of_crls = {snapshots.name}
    assert {table.name for table in (*BY_ORDER_ID, *BY_NUMBER)} == refers - numbers_of_crls - {orders.name}


def test_an_order_goes_with_everything_and_its_neighbour_loses_nothing(
    storage: Storage, engine: Engine, numbered: Numbered, holder: CardHolder, now: datetime
) -> None:
    before = now + timedelta(days=30)
    with_everything(storage, numbered(1), holder, before)
    one = rows(engine)
    assert all(one[table.name] for table in (orders, *BY_ORDER_ID, *BY_NUMBER))
    with_everything(storage, numbered(2), holder, now)
    assert delete(storage, Kind.ORDERS, before) == Gone(1, (numbered(2).number,))
    assert rows(engine) == one
    assert delete(storage, Kind.ORDERS, before) == Gone(0)
    with storage.reading() as unit:
        assert unit.orders.get(numbered(1).number).number == numbered(1).number


@pytest.mark.parametrize(("moved", "count"), [(-1, 1), (0, 0), (1, 0)])
def test_the_last_event_counts_to_the_microsecond(
    storage: Storage, numbered: Numbered, now: datetime, moved: int, count: int
) -> None:
    before = now + timedelta(days=10)
    add(storage, ended(numbered(1), before + timedelta(microseconds=moved)))
    assert due(storage, Kind.ORDERS, before) == count


@pytest.mark.parametrize("state", sorted(OrderState))
def test_only_a_closed_order_goes_however_old_it_is(
    storage: Storage, numbered: Numbered, now: datetime, state: OrderState
) -> None:
    add(storage, ended(numbered(1), now, state))
    much_later = now + timedelta(days=36_500)
    assert due(storage, Kind.ORDERS, much_later) == int(state in CLOSED_STATES)
    with storage.reading() as unit:
        count, kept = unit.retention.count(Kind.ORDERS, {Kind.ORDERS: much_later})
    assert count == int(state in CLOSED_STATES)
    assert kept == (Kept(numbered(1).placed_at, numbered(1).number, state) if state in OPEN_STATES else None)


def test_an_order_that_was_opened_again_since_it_was_found_stays(storage: Storage, numbered: Numbered, now: datetime) -> None:
    rejected = ended(numbered(1), now, OrderState.REJECTED)
    add(storage, rejected, ended(numbered(2), now))
    before = now + timedelta(days=365)
    with storage.reading() as unit:
        keys = unit.retention.keys(Kind.ORDERS, before)
    assert len(keys) == 2
    with storage.writing() as unit:
        unit.orders.save(happened(rejected, EventKind.REVIEW_REQUESTED, SYSTEM, now), seen_version=rejected.version)
        unit.commit()
    with storage.writing() as unit:
        assert unit.retention.delete(Kind.ORDERS, keys, before) == Gone(1, (numbered(2).number,))
        unit.commit()


def test_an_order_stays_until_everything_about_it_is_sealed(storage: Storage, numbered: Numbered, now: datetime) -> None:
    add(storage, ended(numbered(1), now))
    write_audit(storage, [(now, numbered(1).number)])
    before = now + timedelta(days=365)
    assert due(storage, Kind.ORDERS, before) == 0
    seal_all(storage)
    assert due(storage, Kind.ORDERS, before) == 1


def test_nothing_goes_without_a_commit(storage: Storage, engine: Engine, numbered: Numbered, now: datetime) -> None:
    add(storage, ended(numbered(1), now))
    before, there = now + timedelta(days=365), rows(engine)
    with storage.reading() as unit:
        keys = unit.retention.keys(Kind.ORDERS, before)
    with storage.writing() as unit:
        assert unit.retention.delete(Kind.ORDERS, keys, before).count == 1
    assert rows(engine) == there


def test_a_contact_goes_once_the_last_order_of_the_person_has_gone(storage: Storage, numbered: Numbered, now: datetime) -> None:
    order = ended(numbered(1), now)
    with storage.writing() as unit:
        unit.contacts.put(order.person, order.contact, now)
        unit.contacts.put(replace(order.person, serial_number="1"), order.contact, now)
        unit.commit()
    add(storage, order)
    before = now + timedelta(days=1)
    with storage.reading() as unit:
        # counted as if the order had gone already, where it goes in the same run
        assert unit.retention.count(Kind.CONTACTS, {Kind.CONTACTS: before}) == (1, Kept(now))
        assert unit.retention.count(Kind.CONTACTS, {Kind.CONTACTS: before, Kind.ORDERS: before}) == (2, None)
        assert unit.retention.count(Kind.CONTACTS, {Kind.CONTACTS: now, Kind.ORDERS: before}) == (0, Kept(now))
    assert delete(storage, Kind.CONTACTS, before).count == 1
    assert delete(storage, Kind.CONTACTS, before).count == 0
    assert delete(storage, Kind.ORDERS, before).count == 1
    assert delete(storage, Kind.CONTACTS, before).count == 1


def test_a_contact_given_anew_since_it_was_found_stays(storage: Storage, order: Order, now: datetime) -> None:
    with storage.writing() as unit:
        unit.contacts.put(order.person, order.contact, now)
        unit.commit()
    before = now + timedelta(days=1)
    with storage.reading() as unit:
        keys = unit.retention.keys(Kind.CONTACTS, before)
    with storage.writing() as unit:
        unit.contacts.put(order.person, order.contact, before)
        unit.commit()
    with storage.writing() as unit:
        assert unit.retention.delete(Kind.CONTACTS, keys, before) == Gone(0)


def test_old_feedback_and_messages_that_were_never_sent_go(storage: Storage, now: datetime) -> None:
    day = timedelta(days=1)
    with storage.writing() as unit:
        for moment in (now - day, now, now + day):
            unit.feedback.add(Feedback(moment, "fi", "/fi/", "Hyvin toimii"))
            unit.outbox.add(Message(MessageKind.ORDER_WITHDRAWN, "aino@example.fi", "fi", {}), moment)
        (first, *_) = unit.outbox.due(now, 1)
        unit.outbox.add(Message(MessageKind.ORDER_WITHDRAWN, "aino@example.fi", "fi", {}), now - day)
        unit.outbox.sent(first, now)
        unit.commit()
    for kind in (Kind.FEEDBACK, Kind.MESSAGES):
        with storage.reading() as unit:
            assert unit.retention.count(kind, {kind: now}) == (1, Kept(now))
        assert delete(storage, kind, now).count == 1
        with storage.reading() as unit:
            assert unit.retention.count(kind, {kind: now}) == (0, Kept(now))
    with storage.reading() as unit:
        assert len(unit.outbox.waiting()) == 2
        assert len(unit.feedback.recent(9)) == 2


def test_the_deleting_units_find_rows_by_their_keys(
    storage: Storage, engine: Engine, numbered: Numbered, now: datetime, database: Any
) -> None:
    """A writer that reads a whole table lets everybody else wait. Only the keys of sent forms are read through: a month's."""
    add(storage, *(ended(numbered(count), now) for count in range(1, 4)))
    with storage.writing() as unit:
        unit.contacts.put(replace(numbered(1).person, serial_number="1"), numbered(1).contact, now)
        unit.commit()
    before = now + timedelta(days=365)
    with storage.reading() as unit:
        keys = {kind: unit.retention.keys(kind, before) for kind in (Kind.ORDERS, Kind.CONTACTS)}
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, values, _x, _m: asked.append((statement, values)))
    with storage.writing() as unit:
        for kind, found in keys.items():
            assert unit.retention.delete(kind, found, before).count == len(found) > 0
    plans = plans_of(
        f"sqlite:///{database}", [(statement.replace("DELETE", "SELECT * ", 1), values) for statement, values in asked]
    )
    assert len(plans) >= 11
    assert [plan for plan in plans if "SCAN" in plan] == ["SCAN idempotency_keys"]
