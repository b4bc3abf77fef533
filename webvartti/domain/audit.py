"""The audit: who did what to whose data, sealed in a chain of HMACs and checked against checkpoints outside the database.

Each entry is written in the transaction of what it tells. Right after, one job seals it: ``seal = HMAC(key, previous seal +
canonical entry)``. A checkpoint line (count, last seal, time, signature) goes to a file outside the database, so that a
tail cut off the database shows too.

The old end of the chain may be removed when its time has come. A signed mark (count, last removed seal, time, signature) then
stands in its place, in the database and among the checkpoints, and the chain goes on from it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

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


@dataclass(frozen=True, slots=True)
class Mark:
    """In place of the first ``count`` entries, which retention removed at the moment ``at``; ``seal`` is the last one's."""

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
    return Checkpoint(count, last_seal, now, _signature(key, "checkpoint", count, last_seal, now))


def signed_mark(key: bytes, count: int, last_seal: str, now: datetime) -> Mark:
    """A mark that only the holder of the key can have made; no checkpoint can be passed off as one."""
    return Mark(count, last_seal, now.astimezone(UTC), _signature(key, "mark", count, last_seal, now.astimezone(UTC)))


def _signature(key: bytes, kind: str, count: int, last_seal: str, at: datetime) -> str:
    return hmac.digest(key, f"{kind}\n{count}\n{last_seal}\n{at.isoformat()}".encode(), "sha256").hex()


def _is_signed(key: bytes, line: Checkpoint | Mark) -> bool:
    kind = "mark" if isinstance(line, Mark) else "checkpoint"
    return _same(_signature(key, kind, line.count, line.seal, line.at), line.signature)


def _same(computed: str, found: str) -> bool:
    """As bytes: of text that isn't ASCII the comparison would raise, and what was found may be anything."""
    return hmac.compare_digest(computed.encode(), found.encode("utf-8", "surrogatepass"))


def verify_chain(
    key: bytes, chain: Iterable[Sealed], checkpoints: Sequence[Checkpoint | Mark] = (), mark: Mark | None = None
) -> int:
    """Recompute every seal, in order; return how many there are. Raises AuditBroken at the first that is bad or missing.

    The chain begins after the ``mark``, where there is one. Checkpoints of before it are only asked for their signatures, for
    what they told of has gone. Without checkpoints a tail that was cut off can't be seen.
    """
    told = _told(key, checkpoints)
    removed, previous = (0, FIRST_SEAL) if mark is None else _verified(key, mark, checkpoints)
    count = removed
    _compare(told, count, previous)
    for sealed in chain:
        count += 1
        if sealed.position < count:
            raise AuditBroken(sealed.position, "is there, and the mark says that it was removed")
        if sealed.position != count or sealed.entry is None:
            raise AuditBroken(count, "missing")
        if not _same(seal(key, previous, sealed.entry), sealed.seal):
            raise AuditBroken(count, "changed, or not where it was sealed")
        previous = sealed.seal
        _compare(told, count, previous)
    if told and max(told) > count:
        raise AuditBroken(count + 1, f"missing: a checkpoint counted {max(told)} entries")
    return count - removed


def _told(key: bytes, checkpoints: Sequence[Checkpoint | Mark]) -> dict[int, str]:
    """The last seal by the count of entries. Raises AuditBroken."""
    told: dict[int, str] = {}
    for line, checkpoint in enumerate(checkpoints, start=1):
        if not _is_signed(key, checkpoint):
            raise AuditBroken(checkpoint.count, f"checkpoint {line} isn't signed with this key")
        if told.setdefault(checkpoint.count, checkpoint.seal) != checkpoint.seal:
            raise AuditBroken(checkpoint.count, "two checkpoints tell two stories")
    return told


_MARK_UNKNOWN = (
    "missing, and the mark in its place isn't among the checkpoints: verify with the file of the machine where retention runs, "
    "and again where it is running at this moment"
)


def _verified(key: bytes, mark: Mark, checkpoints: Sequence[Checkpoint | Mark]) -> tuple[int, str]:
    """Where the chain goes on. Without a mark that can be believed the first entry is what is missing. Raises AuditBroken."""
    if not _is_signed(key, mark):
        raise AuditBroken(1, "missing, and the mark in its place isn't signed with this key")
    if checkpoints and mark not in checkpoints:
        raise AuditBroken(1, _MARK_UNKNOWN)
    return mark.count, mark.seal


def _compare(told: Mapping[int, str], count: int, last_seal: str) -> None:
    if told.get(count, last_seal) != last_seal:
        raise AuditBroken(count, "doesn't agree with its checkpoint")
