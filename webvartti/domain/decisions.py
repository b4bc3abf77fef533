"""What may be decided without a person, and the record of every decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webvartti.domain.eligibility import RULES, Finding, Severity, worst
from webvartti.domain.events import Actor, ActorKind


class Outcome(StrEnum):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


class RejectionReason(StrEnum):
    """The list from which a person who rejects chooses; the holder reads it in their own language."""

    RIGHT_NOT_CONFIRMED = "right-not-confirmed"
    IDENTITY_NOT_CONFIRMED = "identity-not-confirmed"
    ADDRESS_NOT_CONFIRMED = "address-not-confirmed"
    CARD_NOT_NEEDED = "card-not-needed"
    VISIT_NEEDED = "visit-needed"
    CARD_NOT_CONFIRMED = "card-not-confirmed"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who or what decided, on which findings, by which version of the rules. ``reason`` is empty for an approval."""

    outcome: Outcome
    at: datetime
    actor: Actor
    rules_version: str
    findings: tuple[Finding, ...]
    reason: str = ""


RULES_VERSION = "+".join(f"{rule.id}.{rule.version}" for rule in RULES)
"""Names every rule and its version: two decisions with the same value were made by the same rules."""

AUTOMATIC = Actor(ActorKind.SYSTEM, "automatic-decision")


def decide(found: tuple[Finding, ...], now: datetime) -> Decision | None:
    """Approve where no finding blocks or needs a person; otherwise None: a person decides."""
    if worst(found) in (Severity.BLOCKS, Severity.NEEDS_PERSON):
        return None
    return Decision(Outcome.APPROVED, now, AUTOMATIC, RULES_VERSION, found)
