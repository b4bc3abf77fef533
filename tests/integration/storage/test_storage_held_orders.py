"""Orders that wait for fresh revocation data, and the migration that made room for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from tests.databases import ask, execute
from webvartti.domain.events import OrderState
from webvartti.domain.held_orders import HeldOrder
from webvartti.domain.holders import CardHolder
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.orders import Order
from webvartti.domain.sessions import Session, SessionKind, Ticket
from webvartti.storage import migrate
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.unit_of_work import Storage

VERSIONS = Path(migrate.__file__).parents[2] / "migrations" / "versions"


@pytest.fixture
def held(order: Order, holder: CardHolder, now: datetime) -> HeldOrder:
    return HeldOrder(order.number, holder, now)


def test_a18_a_held_order_comes_back_with_its_holder_the_oldest_first(
    storage: Storage, numbered: Callable[..., Order], held: HeldOrder, now: datetime
) -> None:
    with storage.writing() as unit:
        expected = []
        for count in (3, 1, 2):
            order = numbered(count, state=OrderState.HELD)
            unit.orders.add(order)
            unit.held_orders.add(replace(held, number=order.number, placed_at=order.placed_at))
            expected.append(replace(held, number=order.number, placed_at=order.placed_at))
        assert unit.held_orders.waiting() == tuple(sorted(expected, key=lambda each: each.placed_at))
        unit.held_orders.delete(expected[0].number)
        unit.held_orders.delete("WV-none")
        assert expected[0] not in unit.held_orders.waiting()


def test_a18_only_an_order_that_exists_waits_and_only_once(storage: Storage, order: Order, held: HeldOrder) -> None:
    with storage.writing() as unit, pytest.raises(ConstraintViolated):
        unit.held_orders.add(held)
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.held_orders.add(held)
        with pytest.raises(ConstraintViolated):
            unit.held_orders.add(held)


def _fill(storage: Storage, order: Order, held: HeldOrder, session: Session, ticket: Ticket, now: datetime) -> None:
    with storage.writing() as unit:
        unit.orders.add(replace(order, state=OrderState.HELD))
        unit.held_orders.add(held)
        for kind in SessionKind:
            unit.sessions.add(replace(session, id_hash=kind, kind=kind))
            unit.tickets.add(replace(ticket, ticket_hash=kind, kind=kind))
        for message in (
            MessageKind.ORDER_HELD,
            MessageKind.ORDER_RELEASED,
            MessageKind.ORDER_STOPPED,
            MessageKind.ORDER_APPROVED,
        ):
            unit.outbox.add(Message(message, "a@example.fi", "sv", {"number": order.number}), now)
        unit.commit()


def test_a38_down_and_up_again_with_data(
    url: str,
    engine: Engine,
    storage: Storage,
    order: Order,
    held: HeldOrder,
    session: Session,
    ticket: Ticket,
    now: datetime,
) -> None:
    _fill(storage, order, held, session, ticket, now)
    before = storage_messages(storage, now)
    engine.dispose()
    migrate.downgrade(url, "0001")
    # nobody who typed in an order is taken for signed in by the code before
    assert ask(url, "SELECT id_hash FROM sessions") == [("full",)]
    assert ask(url, "SELECT ticket_hash FROM tickets") == [("full",)]
    kinds = [kind for (kind,) in ask(url, "SELECT kind FROM outbox ORDER BY id")]
    assert kinds == ["order-received", "order-received", "order-received", "order-approved"]
    assert ask(url, "SELECT state FROM orders") == [("held",)]
    migrate.upgrade(url)
    assert migrate.check(url) == ()
    with storage.reading() as unit:
        assert unit.sessions.get("full") == replace(session, id_hash="full")
        assert unit.orders.get(order.number).state is OrderState.HELD
        (found,) = unit.held_orders.waiting()
    assert (found.number, found.holder.person, found.holder.card) == (held.number, held.holder.person, held.holder.card)
    assert (found.holder.not_after, found.placed_at) == (held.holder.not_after, order.placed_at)
    assert found.holder.name == "? ?"  # fits no register, so a person looks
    with storage.writing() as unit:
        burnt = unit.tickets.burn("full", ticket.cookie_hash, now)
        assert burnt == replace(ticket, ticket_hash="full")
        unit.outbox.add(Message(MessageKind.ORDER_HELD, "b@example.fi", "fi", {}), now)
        unit.commit()
    after = storage_messages(storage, now)
    assert [each.id for each in after[:-1]] == [each.id for each in before]
    assert after[-1].id > max(each.id for each in before)


def storage_messages(storage: Storage, now: datetime) -> tuple[Message, ...]:
    with storage.reading() as unit:
        return unit.outbox.due(now + timedelta(hours=1), 100)


def test_a38_from_the_first_release_with_data(storage: Storage, url: str, engine: Engine, now: datetime) -> None:
    """Messages and their ids stay."""
    engine.dispose()
    migrate.downgrade(url, "0001")
    assert "kind" not in [column["name"] for column in inspect(engine).get_columns("sessions")]
    values = "41, 'order-approved', 'a@example.fi', 'fi', '{}', 2, NULL, '2026-11-01 00:00:00.000000+00:00', NULL"
    execute(url, f"INSERT INTO outbox VALUES ({values})")  # noqa: S608 - the values above
    migrate.upgrade(url)
    with storage.reading() as unit:
        (message,) = unit.outbox.due(now, 10)
    assert (message.id, message.attempts) == (41, 2)


@pytest.mark.parametrize("revisions", ["0001:0002", "0002:0001"])
def test_the_migration_can_be_written_for_postgresql(revisions: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Written, not run: every statement compiles, and tables with numbered ids are altered, not made anew."""
    start, end = revisions.split(":")
    scripts = ScriptDirectory(str(VERSIONS.parent))
    module = scripts.get_revision(max(start, end)).module
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True})
    with Operations.context(context):
        (module.upgrade if end > start else module.downgrade)()
    written = capsys.readouterr().out
    assert "ALTER TABLE outbox DROP CONSTRAINT ck_outbox_kind" in written
    assert "DROP TABLE outbox" not in written
    assert "TABLE held_orders" in written
