"""The counts for monitoring are right, and read indexes only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.integration.storage.cases import add, plans_of
from webvartti.domain.audit import AuditEntry
from webvartti.domain.events import UNDECIDED, Actor, ActorKind, OrderState
from webvartti.domain.measures import COUNTED_STATES, Waiting
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.orders import Order
from webvartti.domain.registers import Snapshot
from webvartti.storage.unit_of_work import Storage

Numbered = Callable[..., Order]
HOUR = timedelta(hours=1)


def in_states(numbered: Numbered, now: datetime) -> list[Order]:
    """One more of each state than of the state before, placed an hour apart, the newest first."""
    states = [state for count, state in enumerate(OrderState, 1) for _ in range(count)]
    return [numbered(number, state=state, placed_at=now - number * HOUR) for number, state in enumerate(states, 1)]


def test_orders_that_wait_are_counted_by_state(storage: Storage, numbered: Numbered, now: datetime) -> None:
    with storage.reading() as unit:
        assert unit.measures.orders() == dict.fromkeys(COUNTED_STATES, 0)
        assert unit.measures.first_undecided() is None
    orders = in_states(numbered, now)
    add(storage, *orders)
    with storage.reading() as unit:
        counted = unit.measures.orders()
        first = unit.measures.first_undecided()
        queue = unit.cases.counts()
    expected = {state: sum(order.state is state for order in orders) for state in COUNTED_STATES}
    assert counted == expected
    undecided = [order for order in orders if order.state.value in queue.by_state]
    assert first == min(order.placed_at for order in undecided)
    assert sum(queue.by_state.values()) == len(undecided) == 6


def test_messages_that_are_not_sent_are_counted_from_the_oldest(storage: Storage, now: datetime) -> None:
    message = Message(MessageKind.ORDER_RECEIVED, "aino@example.fi", "fi", {})
    with storage.writing() as unit:
        for hours in (5, 3, 1):
            unit.outbox.add(message, now - hours * HOUR)
        unit.commit()
    with storage.reading() as unit:
        assert unit.measures.messages() == Waiting(3, now - 5 * HOUR)
        oldest = unit.outbox.due(now, 1)[0]
    with storage.writing() as unit:
        unit.outbox.sent(oldest, now)
        unit.commit()
    with storage.writing() as unit:
        later = unit.outbox.due(now, 1)[0]
        unit.outbox.put_off(later, next_try=now + HOUR)  # put off, and waiting all the same
        unit.commit()
    with storage.reading() as unit:
        assert unit.measures.messages() == Waiting(2, now - 3 * HOUR)


def test_entries_without_a_seal_are_counted(storage: Storage, now: datetime) -> None:
    entry = AuditEntry(now, Actor(ActorKind.SYSTEM, "test"), "something")
    with storage.writing() as unit:
        for _ in range(4):
            unit.audit.add(entry)
        unit.commit()
    with storage.reading() as unit:
        assert unit.measures.unsealed() == 4


def test_an_extract_was_put_in_use_when_these_contents_last_were(storage: Storage, now: datetime) -> None:
    rights = Snapshot("rights", 3, "ab" * 32, 7)
    with storage.writing() as unit:
        unit.snapshots.record(rights, now - 9 * HOUR)
        unit.snapshots.record(replace(rights, number=1), now - 5 * HOUR)  # the same file, loaded on another node
        unit.snapshots.record(replace(rights, sha256="cd" * 32), now - HOUR)
        unit.snapshots.record(replace(rights, name="cards"), now)
        unit.commit()
    with storage.reading() as unit:
        assert unit.measures.recorded_at(rights) == now - 5 * HOUR
        assert unit.measures.recorded_at(replace(rights, sha256="ef" * 32)) is None


def test_every_question_is_answered_by_an_index(
    storage: Storage, engine: Engine, database: Path, numbered: Numbered, now: datetime
) -> None:
    add(storage, *in_states(numbered, now))
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with storage.reading() as unit:
        unit.measures.orders()
        unit.measures.first_undecided()
        unit.measures.messages()
        unit.measures.recorded_at(Snapshot("rights", 3, "ab" * 32, 7))
    plans = plans_of(f"sqlite:///{database}", asked)
    assert len(plans) == 1 + len(UNDECIDED) + 2 + 1
    assert [plan for plan in plans if "SCAN" in plan or "TEMP B-TREE" in plan or "INDEX" not in plan] == []
