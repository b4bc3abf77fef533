"""Sealing the audit, checking that nobody has touched it, and taking its old end away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webvartti.domain.audit import (
    AuditBroken,
    AuditEntry,
    Checkpoint,
    Mark,
    Sealed,
    seal,
    signed_checkpoint,
    signed_mark,
    verify_chain,
)
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor
from webvartti.domain.ports import CheckpointFile, Stopping, never
from webvartti.domain.repositories import UnitsOfWork

_BATCH = 500

DATABASE_COPIED, DATABASE_BACKED_UP = "database.copied", "database.backed-up"
"""In the audit before it is done: whose hands all of it goes through."""

RETENTION_DELETED = "retention.deleted"
"""In the audit, for each unit of work in which retention deleted something: what, how many, which orders or entries."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked: seals that hold, entries not sealed yet, checkpoints compared (0: a cut tail can't be seen).

    ``mark`` stands for what retention has removed from the old end.
    """

    sealed: int
    unsealed: int
    checkpoints: int
    mark: Mark | None = None


class CheckpointsUnreadable(WebVarttiError):
    """A line of the checkpoint file can't be read."""

    code = "checkpoints-unreadable"


@dataclass(frozen=True, slots=True)
class Audit:
    """The use cases of the audit. ``key`` never enters the database."""

    units: UnitsOfWork
    key: bytes
    checkpoints: CheckpointFile

    def seal_pending(self, now: datetime, stopping: Stopping = never) -> int:
        """Seal what was written since the last time, and leave a checkpoint; returns how many entries."""
        done = 0
        while not stopping() and (batch := self._seal_batch()):
            done += len(batch)
            self._leave_checkpoint(batch[-1].position, batch[-1].seal, now)
        if not done:
            self._make_up_for_a_checkpoint(now)
        return done

    def _leave_checkpoint(self, position: int, last_seal: str, now: datetime) -> None:
        self.checkpoints.append(_as_line(signed_checkpoint(self.key, position, last_seal, now)))

    def _make_up_for_a_checkpoint(self, now: datetime) -> None:
        """One that wasn't left: its disk was full, or the worker was killed between the seals and the checkpoint."""
        with self.units.reading() as unit:
            position, last_seal = unit.audit.last_seal()
        if position > self._counted_last():
            self._leave_checkpoint(position, last_seal, now)

    def _counted_last(self) -> int:
        line = self.checkpoints.last()
        try:
            return _from_line(1, line).count if line else 0
        except CheckpointsUnreadable:
            return 0

    def _seal_batch(self) -> tuple[Sealed, ...]:
        with self.units.writing() as unit:
            position, previous = unit.audit.last_seal()
            sealed = []
            for entry in unit.audit.unsealed(_BATCH):
                position, previous = position + 1, seal(self.key, previous, entry)
                sealed.append(Sealed(position, previous, entry))
            if sealed:
                unit.audit.add_seals(sealed)
                unit.commit()
        return tuple(sealed)

    def verify(self, checkpoints: Path | None) -> Verification:
        """Recompute the chain. Raises AuditBroken naming the first bad or missing entry."""
        return self._verify(() if checkpoints is None else self.checkpoints.lines(checkpoints))

    def verify_with_own_checkpoints(self) -> Verification:
        """The same with the installation's own file. Raises AuditUnavailable where it can't be read."""
        return self._verify(self.checkpoints.lines())

    def _verify(self, lines: tuple[str, ...]) -> Verification:
        told = [_from_line(number, line) for number, line in enumerate(lines, start=1)]
        with self.units.reading() as unit:
            mark = unit.audit.mark()
            sealed = verify_chain(self.key, unit.audit.chain(), told, mark)
            stray = unit.audit.stray()
            unsealed = unit.measures.unsealed()
        if stray is not None:
            raise AuditBroken(
                sealed + 1, f"the entry with the id {stray} was kept out of the chain: it has no seal and waits for none"
            )
        return Verification(sealed, unsealed, len(told), mark)

    def remove_head(self, before: datetime, limit: int, who: Actor, now: datetime) -> int:
        """Remove the oldest entries from before ``before``, at most ``limit``, and leave a mark; returns how many went.

        Each of their seals is recomputed first: what was touched isn't signed for, and stays as evidence. The mark is among the
        checkpoints before it is in the database: where it then never gets there, it tells of entries that are still there, and
        agrees with them. Raises AuditBroken, AuditUnavailable, RetentionUnderWay.
        """
        with self.units.writing() as unit:
            head = unit.retention.audit_head(before, limit)
            if not head:
                return 0
            verify_chain(self.key, head, mark=unit.audit.mark())
            first, last = head[0], head[-1]
            mark = signed_mark(self.key, last.position, last.seal, now)
            unit.retention.remove_head(head, mark)
            detail = {"kind": "audit", "count": str(len(head)), "first": str(first.position), "last": str(last.position)}
            unit.audit.add(AuditEntry(now, who, RETENTION_DELETED, detail=detail))
            self.checkpoints.append(_as_line(mark))
            unit.commit()
        return len(head)

    def show(self, *, limit: int, order: str = "") -> tuple[AuditEntry, ...]:
        """The newest entries, of one order where it is given."""
        with self.units.reading() as unit:
            return unit.audit.recent(limit=limit, order=order)


def _as_line(line: Checkpoint | Mark) -> str:
    counted = "removed" if isinstance(line, Mark) else "count"
    fields = {counted: line.count, "seal": line.seal, "at": line.at.isoformat(), "signature": line.signature}
    return json.dumps(fields, separators=(",", ":"))


def _from_line(number: int, line: str) -> Checkpoint | Mark:
    try:
        fields = json.loads(line)
        kind, counted = (Mark, fields["removed"]) if "removed" in fields else (Checkpoint, fields["count"])
        at = datetime.fromisoformat(fields["at"])
        return kind(int(counted), str(fields["seal"]), at, str(fields["signature"]))
    except (ValueError, KeyError, TypeError):
        raise CheckpointsUnreadable(f"line {number} isn't a checkpoint: is this the right file?") from None
