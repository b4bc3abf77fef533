"""Sealing the audit, and checking that nobody has touched it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webvartti.domain.audit import AuditEntry, Checkpoint, Sealed, seal, signed_checkpoint, verify_chain
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.ports import CheckpointFile
from webvartti.domain.repositories import UnitsOfWork

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked: seals that hold, entries not sealed yet, checkpoints compared (0: a cut tail can't be seen)."""

    sealed: int
    unsealed: int
    checkpoints: int


class CheckpointsUnreadable(WebVarttiError):
    """A line of the checkpoint file can't be read."""

    code = "checkpoints-unreadable"


@dataclass(frozen=True, slots=True)
class Audit:
    """The use cases of the audit. ``key`` never enters the database."""

    units: UnitsOfWork
    key: bytes
    checkpoints: CheckpointFile

    def seal_pending(self, now: datetime) -> int:
        """Seal what was written since the last time, and leave a checkpoint; returns how many entries."""
        done = 0
        while batch := self._seal_batch():
            done += len(batch)
            last = batch[-1]
            self.checkpoints.append(_as_line(signed_checkpoint(self.key, last.position, last.seal, now)))
        return done

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
        marks = [_from_line(number, line) for number, line in enumerate(self._lines(checkpoints), start=1)]
        with self.units.reading() as unit:
            sealed = verify_chain(self.key, unit.audit.chain(), marks)
            unsealed = len(unit.audit.unsealed(1_000_000))
        return Verification(sealed, unsealed, len(marks))

    def _lines(self, checkpoints: Path | None) -> tuple[str, ...]:
        return () if checkpoints is None else self.checkpoints.lines(checkpoints)

    def show(self, *, limit: int, order: str = "") -> tuple[AuditEntry, ...]:
        """The newest entries, of one order where it is given."""
        with self.units.reading() as unit:
            return unit.audit.recent(limit=limit, order=order)


def _as_line(checkpoint: Checkpoint) -> str:
    fields = {
        "count": checkpoint.count,
        "seal": checkpoint.seal,
        "at": checkpoint.at.isoformat(),
        "signature": checkpoint.signature,
    }
    return json.dumps(fields, separators=(",", ":"))


def _from_line(number: int, line: str) -> Checkpoint:
    try:
        fields = json.loads(line)
        at = datetime.fromisoformat(fields["at"])
        return Checkpoint(int(fields["count"]), str(fields["seal"]), at, str(fields["signature"]))
    except (ValueError, KeyError, TypeError):
        raise CheckpointsUnreadable(f"line {number} isn't a checkpoint: is this the right file?") from None
