"""The audit and its seals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, delete, exists, select

from webvartti.domain.audit import FIRST_SEAL, AuditEntry, Mark, Sealed
from webvartti.domain.errors import AuditUnavailable, StorageUnavailable
from webvartti.storage.errors import SealWithoutEntry, StorageError, TransactionConflict
from webvartti.storage.forms import actor_from_row, actor_values
from webvartti.storage.record_tables import audit, audit_marks, audit_seals, audit_unsealed
from webvartti.storage.transaction import Transaction


class Audit:
    """As ``domain.repositories.AuditRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, entry: AuditEntry) -> None:
        """Raises AuditUnavailable, TransactionConflict; then this unit of work can't be committed any more."""
        values = {
            "at": entry.at,
            **actor_values(entry.actor),
            "action": entry.action,
            "subject": entry.subject,
            "order_number": entry.order,
            "detail": dict(entry.detail),
        }
        try:
            entry_id = self._transaction.insert_numbered(audit, values)
            self._transaction.insert(audit_unsealed, {"audit_id": entry_id})
        except TransactionConflict:
            raise
        except (StorageUnavailable, StorageError) as error:
            raise AuditUnavailable(error.code) from error

    def unsealed(self, limit: int) -> tuple[AuditEntry, ...]:
        """In the order of their ids."""
        waiting = select(audit).join(audit_unsealed, audit_unsealed.c.audit_id == audit.c.id)
        return tuple(_entry_of(row) for row in self._transaction.rows(waiting.order_by(audit.c.id).limit(limit)))

    def stray(self) -> int | None:
        waits = exists().where(audit_unsealed.c.audit_id == audit.c.id)
        sealed = exists().where(audit_seals.c.audit_id == audit.c.id)
        row = self._transaction.row(select(audit.c.id).where(~waits, ~sealed).order_by(audit.c.id).limit(1))
        return None if row is None else int(row["id"])

    def last_seal(self) -> tuple[int, str]:
        """(position, seal)."""
        row = self._transaction.row(select(audit_seals).order_by(audit_seals.c.position.desc()).limit(1))
        if row is not None:
            return row["position"], row["seal"]
        mark = self.mark()
        return (0, FIRST_SEAL) if mark is None else (mark.count, mark.seal)

    def mark(self) -> Mark | None:
        row = self._transaction.row(select(audit_marks).order_by(audit_marks.c.position.desc()).limit(1))
        return None if row is None else Mark(row["position"], row["seal"], row["at"], row["signature"])

    def add_seals(self, sealed: Sequence[Sealed]) -> None:
        """Raises ConstraintViolated where a position or an entry has its seal already, SealWithoutEntry."""
        rows = []
        for one in sealed:
            if one.entry is None:
                raise SealWithoutEntry(str(one.position))
            rows.append({"position": one.position, "audit_id": one.entry.id, "seal": one.seal})
        if not rows:
            return
        self._transaction.insert(audit_seals, rows)
        ids = [row["audit_id"] for row in rows]
        self._transaction.change(delete(audit_unsealed).where(audit_unsealed.c.audit_id.in_(ids)))

    def chain(self) -> Iterator[Sealed]:
        """By position, row by row; must be used up inside the unit of work."""
        for row in self._transaction.stream(sealed_entries().order_by(audit_seals.c.position)):
            yield sealed_of(row)

    def recent(self, *, limit: int, subject: str = "", order: str = "") -> tuple[AuditEntry, ...]:
        """Newest first; an empty filter filters nothing."""
        asked = ((audit.c.subject, subject), (audit.c.order_number, order))
        wanted = [column == value for column, value in asked if value]
        newest = select(audit).where(*wanted).order_by(audit.c.id.desc()).limit(limit)
        return tuple(_entry_of(row) for row in self._transaction.rows(newest))


def sealed_entries() -> Select[*tuple[Any, ...]]:
    """Seals, each with its entry where that is there."""
    seals = select(audit_seals.c.position, audit_seals.c.seal, audit)
    return seals.join(audit, audit.c.id == audit_seals.c.audit_id, isouter=True)


def sealed_of(row: RowMapping) -> Sealed:
    return Sealed(row["position"], row["seal"], None if row["id"] is None else _entry_of(row))


def _entry_of(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        at=row["at"],
        actor=actor_from_row(row),
        action=row["action"],
        subject=row["subject"],
        order=row["order_number"],
        detail=row["detail"],
        id=row["id"],
    )
