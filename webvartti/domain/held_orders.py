"""Orders that were placed with stale revocation data: when they go on, when they are stopped, and when a person must look.

Such an order asks more of a list than an ordinary one: the list must have been made after the order. So whatever had been
reported when it was placed stands on that list, also what was reported while the lists here were out of date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.decisions import RULES_VERSION, Decision, Outcome, RejectionReason
from webvartti.domain.eligibility import Finding, Severity
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor, ActorKind, EventKind, OrderState
from webvartti.domain.holders import CardHolder
from webvartti.domain.orders import Order, decided, happened

REVOCATION_STALE = "revocation-stale"
"""Why an order is held, in the reason of its HELD event."""

REVOCATION_UNKNOWN = "revocation-unknown"
"""The finding of the rule "certificate" that doesn't block here: it is what the order is held for."""

REVOCATION_CHECK = Actor(ActorKind.SYSTEM, "revocation-check")


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """An order that waits for fresh revocation data, with the holder as the certificate told it: the rules ask for both."""

    number: str
    holder: CardHolder
    placed_at: datetime


class NotTaken(WebVarttiError):
    """An order of the draft lane can't be taken, for whatever reason: whoever typed it doesn't learn which."""

    code = "order-not-taken"


class HeldVerdict(StrEnum):
    """What a revocation status means for a held order."""

    WAITS = "waits"
    GOOD = "good"
    LISTED = "listed"
    EXPIRED_BEFORE = "expired-before"


def judge_held(held: HeldOrder, status: RevocationStatus) -> HeldVerdict:
    """What is known for sure comes first: a card on a list is stopped, whenever that list was made.

    RFC 5280 3.3: an entry stays until it has stood on one list issued after the certificate's end; so the silence of a list
    made after that end says nothing. EXPIRED_BEFORE: it can't be told any more whether the card was revoked when it ordered.
    """
    if status.state in (RevocationState.REVOKED, RevocationState.ON_HOLD):
        return HeldVerdict.LISTED
    if status.state is not RevocationState.GOOD or not status.tells_all_until(held.placed_at):
        return HeldVerdict.WAITS
    return HeldVerdict.EXPIRED_BEFORE if status.is_past(held.holder.not_after) else HeldVerdict.GOOD


def without_unknown_revocation(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings without the one that the order is held for."""
    return tuple(finding for finding in found if finding.code != REVOCATION_UNKNOWN)


def held(order: Order, now: datetime) -> Order:
    """The order, just placed, on hold. Raises ChangeNotAllowed."""
    reason = {"reason": REVOCATION_STALE, **_list_of(order.revocation)}
    return happened(order, EventKind.HELD, REVOCATION_CHECK, now, reason)


def released(order: Order, status: RevocationStatus, verdict: HeldVerdict, now: datetime) -> Order:
    """The order back in SUBMITTED; where the status tells that the card is good it is stored as what vouches for it."""
    told = replace(order, revocation=status) if verdict is HeldVerdict.GOOD else order
    return happened(told, EventKind.RELEASED, REVOCATION_CHECK, now, {"reason": verdict, **_list_of(status)})


def stopped(order: Order, status: RevocationStatus, now: datetime) -> Order:
    """The order rejected, for its card is revoked or on hold. Raises ChangeNotAllowed."""
    rules = order.sources.get("rules", RULES_VERSION)
    decision = Decision(Outcome.REJECTED, now, REVOCATION_CHECK, rules, order.findings, RejectionReason.CARD_NOT_CONFIRMED)
    reason = {"revocation": status.state, **_list_of(status)}
    return decided(replace(order, revocation=status), decision, reason)


def never_confirmed(held: HeldOrder) -> Finding:
    """For the person who looks: no list can tell any more."""
    values = {"expired": held.holder.not_after.date().isoformat()}
    return Finding("revocation-never-confirmed", Severity.NEEDS_PERSON, "held-orders", 1, values)


def delivery_unknown() -> Finding:
    """For the person who looks: the registers no longer have the address that was chosen."""
    return Finding("delivery-unknown", Severity.NEEDS_PERSON, "held-orders", 1)


def why_held(order: Order) -> Mapping[str, str]:
    """The reason of the event by which the order came to be held; empty where it isn't."""
    if order.state is not OrderState.HELD:
        return {}
    return next((event.reason for event in reversed(order.events) if event.kind is EventKind.HELD), {})


def _list_of(status: RevocationStatus) -> dict[str, str]:
    return {} if status.crl_number is None else {"crl": str(status.crl_number)}
