"""Counts for monitoring. Each question reads a part of an index that holds what waits, however much is history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from webvartti.domain.events import UNDECIDED, OrderState
from webvartti.domain.measures import COUNTED_STATES, Waiting
from webvartti.domain.registers import Snapshot
from webvartti.storage.order_tables import orders
from webvartti.storage.record_tables import audit_unsealed, outbox, snapshots
from webvartti.storage.transaction import Transaction

_NOT_SENT = outbox.c.sent_at.is_(None)


class Measures:
    """As ``domain.measures.MeasureRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def orders(self) -> Mapping[OrderState, int]:
        states = [state.value for state in COUNTED_STATES]
        counted = select(orders.c.state, func.count().label("count")).where(orders.c.state.in_(states)).group_by(orders.c.state)
        found = {row["state"]: int(row["count"]) for row in self._transaction.rows(counted)}
        return {state: found.get(state.value, 0) for state in COUNTED_STATES}

    def first_undecided(self) -> datetime | None:
        """One look into the index for each state: of several states at once the database would read all."""
        first = (
            select(orders.c.placed_at).where(orders.c.state == state.value).order_by(orders.c.placed_at).limit(1)
            for state in UNDECIDED
        )
        rows = (self._transaction.row(question) for question in first)
        return min((row["placed_at"] for row in rows if row is not None), default=None)

    def messages(self) -> Waiting:
        count = self._transaction.row(select(func.count().label("count")).where(_NOT_SENT))
        first = self._transaction.row(select(outbox.c.created_at).where(_NOT_SENT).order_by(outbox.c.id).limit(1))
        return Waiting(0 if count is None else int(count["count"]), None if first is None else first["created_at"])

    def unsealed(self) -> int:
        row = self._transaction.row(select(func.count().label("count")).select_from(audit_unsealed))
        return 0 if row is None else int(row["count"])

    def recorded_at(self, snapshot: Snapshot) -> datetime | None:
        recorded = select(snapshots.c.recorded_at).where(
            snapshots.c.name == snapshot.name, snapshots.c.sha256 == snapshot.sha256
        )
        row = self._transaction.row(recorded.order_by(snapshots.c.id.desc()).limit(1))
        return None if row is None else row["recorded_at"]
