"""Orders with their events and decisions; idempotency keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError

from tests.databases import ask, execute
from webvartti.domain.decisions import Decision, Outcome
from webvartti.domain.errors import NotFound
from webvartti.domain.events import OPEN_STATES, Actor, ActorKind, EventKind, OrderState
from webvartti.domain.holders import CardId, Person
from webvartti.domain.orders import KeyAlreadyUsed, Order, OrderAlreadyOpen, StaleOrder, decided, happened
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.schema import orders as order_table
from webvartti.storage.unit_of_work import Storage

OPERATOR = Actor(ActorKind.OPERATOR, "marjatta")


def _add(storage: Storage, *orders: Order) -> None:
    with storage.writing() as unit:
        for order in orders:
            unit.orders.add(order)
        unit.commit()


def _get(storage: Storage, number: str) -> Order:
    with storage.reading() as unit:
        return unit.orders.get(number)


def _decision(order: Order, now: datetime, outcome: Outcome = Outcome.APPROVED) -> Decision:
    return Decision(
        outcome, now, OPERATOR, "name.1+address.2", order.findings, "" if outcome is Outcome.APPROVED else "visit-needed"
    )


def test_a_complete_order_comes_back_as_it_was(storage: Storage, order: Order, now: datetime) -> None:
    _add(storage, order)
    assert _get(storage, order.number) == order
    done = decided(order, _decision(order, now + timedelta(hours=1)))
    with storage.writing() as unit:
        unit.orders.save(done, seen_version=1)
        unit.commit()
    stored = _get(storage, order.number)
    assert stored == done
    assert stored.decision is not None
    assert [event.kind for event in stored.events] == [EventKind.PLACED, EventKind.APPROVED]
    assert stored.placed_at.utcoffset() == timedelta(0)


def test_an_order_that_is_decided_at_once_is_added_whole(storage: Storage, order: Order, now: datetime) -> None:
    done = decided(order, replace(_decision(order, now), findings=()))
    _add(storage, done)
    assert _get(storage, order.number) == done


def test_a_time_of_another_zone_is_the_same_moment(storage: Storage, order: Order, now: datetime) -> None:
    helsinki = replace(order, placed_at=now.astimezone(timezone(timedelta(hours=2))))
    _add(storage, helsinki)
    stored = _get(storage, order.number)
    assert stored.placed_at == now
    assert stored.placed_at.isoformat() == now.isoformat()


def test_a29_the_second_open_order_of_a_card_is_refused_with_the_number_of_the_first(
    storage: Storage, order: Order, numbered: Callable[..., Order]
) -> None:
    _add(storage, order)
    with storage.writing() as unit:
        with pytest.raises(OrderAlreadyOpen) as refused:
            unit.orders.add(numbered(2, card=order.card))
        unit.orders.add(numbered(3))
        unit.commit()
    assert refused.value.number == order.number
    with storage.reading() as unit:
        assert [each.number for each in unit.orders.of_person(order.person)] == ["WV-2026-000003", order.number]


@pytest.mark.parametrize("state", OrderState)
def test_only_open_states_keep_a_card_from_a_new_order(
    storage: Storage, numbered: Callable[..., Order], card: CardId, state: OrderState
) -> None:
    _add(storage, numbered(1, card=card, state=state))
    with storage.writing() as unit:
        if state in OPEN_STATES:
            assert unit.orders.open_for_card(card) == "WV-2026-000001"
            with pytest.raises(OrderAlreadyOpen):
                unit.orders.add(numbered(2, card=card))
        else:
            assert unit.orders.open_for_card(card) == ""
            unit.orders.add(numbered(2, card=card))


def test_the_same_serial_of_another_issuer_is_another_card(
    storage: Storage, order: Order, numbered: Callable[..., Order]
) -> None:
    _add(storage, order, numbered(2, card=CardId("ef" * 32, order.card.serial)))


def test_a_number_that_is_taken_is_not_taken_for_an_open_order(
    storage: Storage, order: Order, numbered: Callable[..., Order]
) -> None:
    _add(storage, order)
    with storage.writing() as unit, pytest.raises(ConstraintViolated) as refused:
        unit.orders.add(numbered(9, number=order.number))
    (number_is_unique,) = (rule for rule in order_table.constraints if isinstance(rule, UniqueConstraint))
    assert refused.value.concerns(number_is_unique)


def test_a_state_that_does_not_exist_is_refused_by_the_database(storage: Storage, url: str, order: Order) -> None:
    _add(storage, order)
    with pytest.raises(IntegrityError, match="ck_orders_state"):
        execute(url, "UPDATE orders SET state = 'lost'")


def test_a29_of_two_who_decide_at_once_one_is_told_that_the_order_is_stale(
    storage: Storage, order: Order, now: datetime
) -> None:
    _add(storage, order)
    seen = _get(storage, order.number)
    with storage.writing() as unit:
        unit.orders.save(decided(seen, _decision(seen, now)), seen_version=seen.version)
        unit.commit()
    with storage.writing() as unit:
        with pytest.raises(StaleOrder):
            unit.orders.save(decided(seen, _decision(seen, now, Outcome.REJECTED)), seen_version=seen.version)
        unit.commit()
    stored = _get(storage, order.number)
    assert stored.state is OrderState.APPROVED
    assert stored.decision is not None
    assert stored.decision.outcome is Outcome.APPROVED
    assert len(stored.events) == 2


def test_saving_an_order_that_was_never_added_is_stale(storage: Storage, order: Order) -> None:
    with storage.writing() as unit, pytest.raises(StaleOrder):
        unit.orders.save(order, seen_version=1)


def test_history_is_only_added_to_and_old_decisions_are_kept(storage: Storage, url: str, order: Order, now: datetime) -> None:
    _add(storage, order)
    approved = decided(order, _decision(order, now))
    held = happened(approved, EventKind.HELD, OPERATOR, now, {"why": "crl"})
    rejected = replace(happened(held, EventKind.REJECTED, OPERATOR, now), decision=_decision(order, now, Outcome.REJECTED))
    for version, step in ((1, approved), (2, held), (3, rejected)):
        with storage.writing() as unit:
            unit.orders.save(step, seen_version=version)
            unit.commit()
    assert _get(storage, order.number) == rejected
    kept = ask(url, "SELECT outcome, is_current FROM decisions ORDER BY id")
    seqs = ask(url, "SELECT seq, kind FROM order_events ORDER BY seq")
    assert kept == [("approved", 0), ("rejected", 1)]
    assert seqs == [(1, "placed"), (2, "approved"), (3, "held"), (4, "rejected")]


def test_a_closed_order_frees_its_card(storage: Storage, order: Order, numbered: Callable[..., Order], now: datetime) -> None:
    _add(storage, order)
    with storage.writing() as unit:
        unit.orders.save(happened(order, EventKind.WITHDRAWN, OPERATOR, now), seen_version=1)
        unit.orders.add(numbered(2, card=order.card))
        unit.commit()
    with storage.reading() as unit:
        assert unit.orders.open_for_card(order.card) == "WV-2026-000002"


def test_what_is_not_there(storage: Storage, person: Person, card: CardId) -> None:
    with storage.reading() as unit:
        with pytest.raises(NotFound):
            unit.orders.get("WV-2026-999999")
        with pytest.raises(NotFound):
            unit.orders.page(state=None, before="WV-2026-999999", limit=10)
        assert unit.orders.of_person(person) == ()
        assert unit.orders.open_for_card(card) == ""
        assert unit.orders.page(state=None, before="", limit=10) == ()


def test_a_persons_orders_are_theirs_alone_newest_first(storage: Storage, order: Order, numbered: Callable[..., Order]) -> None:
    other = Person("staff", order.person.serial_number)
    _add(storage, numbered(3), numbered(1), numbered(2, person=other))
    with storage.reading() as unit:
        assert [each.number[-1] for each in unit.orders.of_person(order.person)] == ["3", "1"]
        assert [each.number[-1] for each in unit.orders.of_person(other)] == ["2"]


def test_pages_cover_every_order_once_also_those_of_one_moment(
    storage: Storage, numbered: Callable[..., Order], now: datetime
) -> None:
    made = [numbered(count, placed_at=now + timedelta(minutes=count // 3)) for count in range(1, 11)]
    _add(storage, *made)
    before, seen = "", list[str]()
    with storage.reading() as unit:
        while page := unit.orders.page(state=None, before=before, limit=4):
            assert all(order.events for order in page)
            seen += [order.number for order in page]
            before = page[-1].number
    assert seen == [order.number for order in reversed(made)]


def test_a_page_of_one_state(storage: Storage, numbered: Callable[..., Order]) -> None:
    _add(storage, *(numbered(count, state=OrderState.HELD if count % 2 else OrderState.APPROVED) for count in range(1, 7)))
    with storage.reading() as unit:
        held = unit.orders.page(state=OrderState.HELD, before="", limit=2)
        rest = unit.orders.page(state=OrderState.HELD, before=held[-1].number, limit=2)
        assert unit.orders.page(state=OrderState.REJECTED, before="", limit=2) == ()
    assert [order.number[-1] for order in (*held, *rest)] == ["5", "3", "1"]


def test_a29_a_key_is_claimed_once_and_tells_its_order_to_its_person_only(
    storage: Storage, person: Person, now: datetime
) -> None:
    other = Person("staff", person.serial_number)
    with storage.writing() as unit:
        unit.idempotency.claim("key", person, "WV-1", now)
        unit.commit()
    with storage.writing() as unit:
        with pytest.raises(KeyAlreadyUsed) as again:
            unit.idempotency.claim("key", person, "WV-2", now)
        with pytest.raises(KeyAlreadyUsed) as stolen:
            unit.idempotency.claim("key", other, "WV-3", now)
        unit.idempotency.claim("another", other, "WV-4", now)
        unit.commit()
    assert again.value.number == "WV-1"
    assert stolen.value.number == ""
    with storage.reading() as unit:
        assert unit.idempotency.number("key", person) == "WV-1"
        assert unit.idempotency.number("key", other) is None
        assert unit.idempotency.number("another", other) == "WV-4"
        assert unit.idempotency.number("never", person) is None
