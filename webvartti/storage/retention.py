"""What has been kept long enough, found and deleted. Nothing is deleted by the finding: each row is asked again when it goes.

To find reads a whole table at the worst, so it is done in reading units of work; the deleting ones go by keys and stay short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from sqlalchemy import ColumnElement, Table, and_, delete, exists, false, func, or_, select

from webvartti.domain.audit import AuditBroken, Mark, Sealed
from webvartti.domain.events import OPEN_STATES, OrderState
from webvartti.domain.retention import CLOSED_STATES, Kept, Kind, RetentionUnderWay
from webvartti.domain.retention_repository import Gone, Key
from webvartti.storage.audit import Audit, sealed_entries, sealed_of
from webvartti.storage.order_tables import decisions, held_orders, idempotency_keys, order_events, orders
from webvartti.storage.record_tables import audit, audit_marks, audit_seals, audit_unsealed, contacts, feedback, outbox
from webvartti.storage.review_tables import cases, decision_inputs, letters, order_names, review_decisions
from webvartti.storage.transaction import Transaction

TABLES: Mapping[Kind, Table] = {
    Kind.ORDERS: orders,
    Kind.CONTACTS: contacts,
    Kind.FEEDBACK: feedback,
    Kind.MESSAGES: outbox,
}
BY_ORDER_ID = (order_events, decisions, cases, order_names)
BY_NUMBER = (held_orders, decision_inputs, review_decisions, letters, idempotency_keys)
"""Everything that hangs on an order."""

_AGES = {
    Kind.ORDERS: orders.c.placed_at,
    Kind.CONTACTS: contacts.c.updated_at,
    Kind.FEEDBACK: feedback.c.at,
    Kind.MESSAGES: outbox.c.created_at,
}


def _order_stays(moment: datetime) -> ColumnElement[bool]:
    """It is on its way, something happened from ``moment`` on, or something about it isn't sealed yet."""
    later = exists().where(order_events.c.order_id == orders.c.id, order_events.c.at >= moment)
    entry = audit.alias()
    not_sealed = select(entry.c.order_number).where(entry.c.id.in_(select(audit_unsealed.c.audit_id)))
    on_its_way = orders.c.state.in_([state.value for state in sorted(OPEN_STATES)])
    return or_(on_its_way, later, orders.c.number.in_(not_sealed))


def _may_be_due(moment: datetime) -> ColumnElement[bool]:
    """What follows from not staying, in a form that an index answers: a closed order is placed before its last event."""
    return and_(orders.c.state.in_([state.value for state in sorted(CLOSED_STATES)]), orders.c.placed_at < moment)


def _due(kind: Kind, before: datetime, orders_before: datetime | None = None) -> ColumnElement[bool]:
    """``orders_before``: as if the orders that are due by then had gone already."""
    if kind is Kind.ORDERS:
        return and_(_may_be_due(before), ~_order_stays(before))
    if kind is Kind.CONTACTS:
        person = ("person_namespace", "person_serial_number")
        same = [orders.c[part] == contacts.c[part] for part in person]
        return and_(contacts.c.updated_at < before, ~_an_order(orders_before, *same))
    if kind is Kind.MESSAGES:
        return and_(outbox.c.sent_at.is_(None), outbox.c.created_at < before)
    return feedback.c.at < before


def _an_order(orders_before: datetime | None, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    """There is such an order, or is one still when those are gone that are due."""
    stays = () if orders_before is None else (_order_stays(orders_before),)
    return exists().where(*which, *stays)


def _entry_stays(before: datetime, orders_before: datetime | None) -> ColumnElement[bool]:
    """A missing entry stays too: what is broken is never tidied away."""
    its_order = _an_order(orders_before, orders.c.number == audit.c.order_number)
    return or_(audit.c.id.is_(None), audit.c.at >= before, its_order)


def _among(table: Table, keys: Sequence[Key]) -> ColumnElement[bool]:
    """In a form for which SQLite uses the primary key: it reads the whole table for pairs."""
    *leading, last = table.primary_key.columns
    groups: defaultdict[Key, list[int | str]] = defaultdict(list)
    for *first, end in keys:
        groups[tuple(first)].append(end)
    return or_(
        false(),
        *(
            and_(*(column == value for column, value in zip(leading, first, strict=True)), last.in_(ends))
            for first, ends in groups.items()
        ),
    )


class Retention:
    """As ``domain.retention_repository.RetentionRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def count(self, kind: Kind, cutoffs: Mapping[Kind, datetime]) -> tuple[int, Kept | None]:
        before, orders_before = cutoffs[kind], cutoffs.get(Kind.ORDERS)
        if kind is Kind.AUDIT:
            return self._count_audit(before, orders_before)
        table, due = TABLES[kind], _due(kind, before, orders_before)
        row = self._transaction.row(select(func.count().label("count")).select_from(table).where(due))
        return 0 if row is None else int(row["count"]), self._oldest_kept(kind, due)

    def _oldest_kept(self, kind: Kind, due: ColumnElement[bool]) -> Kept | None:
        table, age = TABLES[kind], _AGES[kind]
        kept = and_(~due, outbox.c.sent_at.is_(None)) if kind is Kind.MESSAGES else ~due
        row = self._transaction.row(select(table).where(kept).order_by(age, *table.primary_key).limit(1))
        if row is None:
            return None
        return Kept(row["placed_at"], row["number"], OrderState(row["state"])) if table is orders else Kept(row[age.name])

    def _count_audit(self, before: datetime, orders_before: datetime | None) -> tuple[int, Kept | None]:
        mark = Audit(self._transaction).mark()
        removed = 0 if mark is None else mark.count
        first = sealed_entries().where(_entry_stays(before, orders_before)).order_by(audit_seals.c.position).limit(1)
        row = self._transaction.row(first)
        if row is None:
            last, _ = Audit(self._transaction).last_seal()
            return last - removed, None
        if row["id"] is None:
            raise AuditBroken(row["position"], "missing")
        order = self._transaction.row(select(orders.c.state).where(orders.c.number == row["order_number"]))
        state = None if order is None else OrderState(order["state"])
        return row["position"] - 1 - removed, Kept(row["at"], row["order_number"] if state else "", state)

    def keys(self, kind: Kind, before: datetime) -> Sequence[Key]:
        """In the order of the keys, sorted here: the database would rather read the whole table than sort."""
        key = TABLES[kind].primary_key.columns
        rows = self._transaction.rows(select(*key).where(_due(kind, before)))
        return sorted(tuple(row[column.name] for column in key) for row in rows)

    def delete(self, kind: Kind, keys: Sequence[Key], before: datetime) -> Gone:
        table = TABLES[kind]
        if kind is Kind.ORDERS:
            return self._delete_orders(keys, before)
        return Gone(self._transaction.change(delete(table).where(_among(table, keys), _due(kind, before))))

    def _delete_orders(self, keys: Sequence[Key], before: datetime) -> Gone:
        """Locked where the database has locks of rows, leaving out what somebody is changing; SQLite has one writer anyway."""
        locked = select(orders.c.id, orders.c.number).where(_among(orders, keys), ~_order_stays(before)).order_by(orders.c.id)
        rows = self._transaction.rows(locked.with_for_update(skip_locked=True, of=orders))
        ids, numbers = [row["id"] for row in rows], tuple(row["number"] for row in rows)
        for table in BY_ORDER_ID:
            self._transaction.change(delete(table).where(table.c.order_id.in_(ids)))
        for table in BY_NUMBER:
            self._transaction.change(delete(table).where(table.c.number.in_(numbers)))
        return Gone(self._transaction.change(delete(orders).where(orders.c.id.in_(ids))), numbers)

    def audit_head(self, before: datetime, limit: int) -> tuple[Sealed, ...]:
        stays = _entry_stays(before, None).label("stays")
        oldest = sealed_entries().add_columns(stays).order_by(audit_seals.c.position).limit(limit)
        rows = self._transaction.rows(oldest.with_for_update(of=audit_seals))
        return tuple(sealed_of(row) for row in takewhile(lambda row: not row["stays"], rows))

    def remove_head(self, head: Sequence[Sealed], mark: Mark) -> None:
        ids = [one.entry.id for one in head if one.entry is not None]
        entries = self._transaction.change(delete(audit).where(audit.c.id.in_(ids)))
        seals = self._transaction.change(delete(audit_seals).where(audit_seals.c.position <= mark.count))
        if not entries == seals == len(head):
            raise RetentionUnderWay
        self._transaction.change(delete(audit_marks))
        values = {"position": mark.count, "seal": mark.seal, "at": mark.at, "signature": mark.signature}
        self._transaction.insert(audit_marks, values)
