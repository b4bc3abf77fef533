"""A38: from every released schema with data, up to today's and down again, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.integration.storage.released import APPROVED, AT, HELD, KEY, PERSON, SUBMITTED, content, store
from tests.unit.domain.placed import ANNA
from webvartti.domain.audit import AuditEntry, verify_chain
from webvartti.domain.events import EventKind, OrderState
from webvartti.domain.holders import Person
from webvartti.domain.orders import Order, OrderAlreadyOpen
from webvartti.domain.queue import QueueFilter
from webvartti.storage import migrate, revisions
from webvartti.storage.engine import create_engine
from webvartti.storage.schema_state import SchemaState
from webvartti.storage.unit_of_work import Storage

RELEASED = tuple(reversed(revisions.history()))


@pytest.mark.parametrize("revision", RELEASED)
def test_a38_up_from_every_release_with_data_and_down_again(empty_url: str, order: Order, revision: str) -> None:
    migrate.upgrade(empty_url, revision)
    store(empty_url, revision)
    before = content(empty_url)
    assert [table for table, rows in before.items() if not rows] == []  # a new table needs its row in released.py
    migrate.upgrade(empty_url)
    assert migrate.check(empty_url) == ()
    migrate.downgrade(empty_url, revision)
    assert content(empty_url) == before
    migrate.upgrade(empty_url)
    engine = create_engine(empty_url, make=True)
    assert SchemaState(engine)()
    _look_around(Storage(engine), AT)
    _go_on(Storage(engine), order, AT)
    engine.dispose()


def _look_around(storage: Storage, now: datetime) -> None:
    """Today's program reads what an older one wrote."""
    with storage.reading() as unit:
        found = [unit.orders.get(number) for number in (SUBMITTED, APPROVED, HELD)]
        assert [each.state for each in found] == [OrderState.SUBMITTED, OrderState.APPROVED, OrderState.HELD]
        assert [event.kind for event in found[1].events] == [EventKind.PLACED, EventKind.APPROVED]
        assert found[1].decision is not None
        assert len(unit.orders.of_person(Person(*PERSON.values()))) == 3
        assert {each.number for each in unit.cases.find("osteraker", 9)} == {SUBMITTED, APPROVED, HELD}
        queue = unit.cases.page(QueueFilter(), after="", limit=9, now=now)
        assert [case.order.number for case in queue] == [SUBMITTED, HELD]
        assert [each.number for each in unit.held_orders.waiting()] == [HELD]
        session = unit.sessions.get("i" * 64)
        assert session is not None
        assert (session.kind, session.holder.surname) == ("full", "Österåker-Äijälä")
        assert 41 in [message.id for message in unit.outbox.due(now, 9)]
        assert unit.idempotency.number("k" * 40, session.holder.person) == SUBMITTED
        assert verify_chain(KEY, unit.audit.chain()) == 2
        assert [entry.id for entry in unit.audit.unsealed(1)] == [5]


def _go_on(storage: Storage, order: Order, now: datetime) -> None:
    """And writes on, without giving a number twice."""
    with storage.writing() as unit:
        last = unit.audit.recent(limit=1)[0].id
        message = unit.outbox.due(now, 99)[-1]
        unit.audit.add(AuditEntry(now, ANNA.actor, "case.viewed"))
        assert unit.audit.recent(limit=1)[0].id > last
        unit.outbox.add(message, now)
        assert unit.outbox.due(now, 99)[-1].id > message.id
        unit.orders.add(order)
        with pytest.raises(OrderAlreadyOpen):
            unit.orders.add(replace(order, number="WV-AAAA-0009", card=unit.orders.get(SUBMITTED).card))
        burnt = unit.tickets.burn("t" * 64, "c" * 64, now)
        assert burnt is not None
        unit.commit()
