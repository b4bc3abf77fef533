"""The audit: who did what to whose data, sealed in a chain of HMACs and checked against checkpoints outside the database.

Each entry is written in the transaction of what it tells. Right after, one job seals it: ``seal = HMAC(key, previous seal +
canonical entry)``. A checkpoint line (count, last seal, time, signature) goes to a file outside the database, so that a
tail cut off the database shows too.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor

FIRST_SEAL = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit.

    ``subject`` is the person whose data it is ("namespace:serialNumber"), ``order`` an order's number.
    ``id`` is given by the database; 0 before. ``detail`` holds codes, numbers and hashes: never an address, name or contact.
    """

    at: datetime
    actor: Actor
    action: str
    subject: str = ""
    order: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry with its place in the chain (from 1) and its seal. ``entry`` is None where the row is missing."""

    position: int
    seal: str
    entry: AuditEntry | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How the chain stood: ``count`` seals, the last of them ``seal``."""

    count: int
    seal: str
    at: datetime
    signature: str


class AuditBroken(WebVarttiError):
    """The chain doesn't hold; ``position`` is the first bad or missing entry."""

    code = "audit-broken"

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"entry {position}: {problem}")
        self.position = position
        self.problem = problem


def canonical(entry: AuditEntry) -> bytes:
    """The bytes that are sealed: JSON with sorted keys and without spaces, times in ISO 8601 UTC."""
    fields = {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "actor": [entry.actor.kind, entry.actor.name],
        "action": entry.action,
        "subject": entry.subject,
        "order": entry.order,
        "detail": dict(entry.detail),
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def seal(key: bytes, previous: str, entry: AuditEntry) -> str:
    """The seal of ``entry`` after the seal ``previous``, hex."""
    return hmac.digest(key, previous.encode() + b"\n" + canonical(entry), "sha256").hex()


def signed_checkpoint(key: bytes, count: int, last_seal: str, now: datetime) -> Checkpoint:
    """A checkpoint that only the holder of the key can have made."""
    return Checkpoint(count, last_seal, now, _signature(key, count, last_seal, now))


def _signature(key: bytes, count: int, last_seal: str, at: datetime) -> str:
    return hmac.digest(key, f"checkpoint\n{count}\n{last_seal}\n{at.isoformat()}".encode(), "sha256").hex()


def verify_chain(key: bytes, chain: Iterable[Sealed], checkpoints: Sequence[Checkpoint] = ()) -> int:
    """Recompute every seal, in order; return how many there are. Raises AuditBroken at the first that is bad or missing.

    Without checkpoints a tail that was cut off can't be seen.
    """
    marks: dict[int, str] = {}
    for line, checkpoint in enumerate(checkpoints, start=1):
        expected = _signature(key, checkpoint.count, checkpoint.seal, checkpoint.at)
        if not hmac.compare_digest(expected, checkpoint.signature):
            raise AuditBroken(checkpoint.count, f"checkpoint {line} isn't signed with this key")
        if marks.setdefault(checkpoint.count, checkpoint.seal) != checkpoint.seal:
            raise AuditBroken(checkpoint.count, "two checkpoints tell two stories")
    previous, count = FIRST_SEAL, 0
    for sealed in chain:
        count += 1
        if sealed.position != count or sealed.entry is None:
            raise AuditBroken(count, "missing")
        if not hmac.compare_digest(seal(key, previous, sealed.entry), sealed.seal):
            raise AuditBroken(count, "changed, or not where it was sealed")
        previous = sealed.seal
        if marks.get(count, previous) != previous:
            raise AuditBroken(count, "doesn't agree with its checkpoint")
    if marks and max(marks) > count:
        raise AuditBroken(count + 1, f"missing: a checkpoint counted {max(marks)} entries")
    return count
