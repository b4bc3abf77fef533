"""Orders that have ended and audits that are sealed, for retention to find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine, func, select

from webvartti.domain.audit import FIRST_SEAL, AuditEntry, Sealed, seal
from webvartti.domain.events import Actor, ActorKind, EventKind, OrderEvent, OrderState
from webvartti.domain.orders import Order
from webvartti.domain.retention import Kind
from webvartti.domain.retention_repository import Gone
from webvartti.storage.schema import metadata
from webvartti.storage.unit_of_work import Storage

KEY = b"k" * 32
SYSTEM = Actor(ActorKind.SYSTEM, "test")


def ended(order: Order, at: datetime, state: OrderState = OrderState.DELIVERED) -> Order:
    """The order with a last event at this moment, whatever the table of states says of the way there."""
    last = OrderEvent(EventKind.DELIVERED, at, SYSTEM, state)
    return replace(order, state=state, events=(*order.events, last))


def delete(storage: Storage, kind: Kind, before: datetime) -> Gone:
    with storage.reading() as unit:
        keys = unit.retention.keys(kind, before)
    with storage.writing() as unit:
        gone = unit.retention.delete(kind, keys, before)
        unit.commit()
    return gone


def rows(engine: Engine) -> dict[str, int]:
    """How many there are in each table."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def write_audit(storage: Storage, entries: Iterable[tuple[datetime, str]]) -> None:
    """Entries of a moment and of an order."""
    with storage.writing() as unit:
        for at, number in entries:
            unit.audit.add(AuditEntry(at, SYSTEM, "something.happened", order=number))
        unit.commit()


def seal_all(storage: Storage) -> None:
    with storage.writing() as unit:
        position, last = unit.audit.last_seal()
        assert position or last == FIRST_SEAL
        sealed = []
        for waiting in unit.audit.unsealed(1_000_000):
            position, last = position + 1, seal(KEY, last, waiting)
            sealed.append(Sealed(position, last, waiting))
        unit.audit.add_seals(sealed)
        unit.commit()
