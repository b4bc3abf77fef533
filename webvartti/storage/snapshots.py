"""Which extracts and CRLs were put in use, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from webvartti.domain.registers import Snapshot
from webvartti.storage.record_tables import snapshots
from webvartti.storage.transaction import Transaction


class Snapshots:
    """As ``domain.repositories.SnapshotRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def record(self, snapshot: Snapshot, now: datetime) -> None:
        values = {
            "name": snapshot.name,
            "number": str(snapshot.number),
            "sha256": snapshot.sha256,
            "row_count": snapshot.rows,
            "recorded_at": now,
        }
        self._transaction.insert(snapshots, values)

    def latest(self) -> tuple[Snapshot, ...]:
        """The one recorded last of every name, by name: also where its number is lower (an extract that was taken back)."""
        last = select(func.max(snapshots.c.id)).group_by(snapshots.c.name)
        rows = self._transaction.rows(select(snapshots).where(snapshots.c.id.in_(last)).order_by(snapshots.c.name))
        return tuple(Snapshot(row["name"], int(row["number"]), row["sha256"], row["row_count"]) for row in rows)
