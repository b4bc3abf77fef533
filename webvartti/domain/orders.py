"""An order for the same card anew: how it is placed and how it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.certificates import RevocationStatus
from webvartti.domain.decisions import Decision, Outcome
from webvartti.domain.eligibility import Finding, Severity
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor, ActorKind, EventKind, OrderEvent, OrderState, next_state
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.domain.products import Product
from webvartti.domain.spoken_numbers import spoken_number


class LetterTo(StrEnum):
    """Where the activation letter goes: never to an address typed in the order."""

    HOME = "home"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Contact:
    """How the holder is told. ``telephone`` may be empty; ``language`` is "fi", "sv" or "en"."""

    email: str
    telephone: str
    language: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Two ways, two days apart: the card to ``card_address``; the activation letter to ``letter_address``.

    ``letter_organisation`` is the business id of the organisation where ``letter_to`` is ORGANISATION, else empty.
    """

    card_address: PostalAddress
    letter_to: LetterTo
    letter_address: PostalAddress
    letter_organisation: str = ""
    letter_organisation_name: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Days computed when the order was placed, all of them estimates: Finnish working days."""

    card_arrives: date
    letter_arrives: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class ResolvedChoices:
    """What the holder chose, with the addresses that the registers have for it."""

    delivery: Delivery
    contact: Contact


@dataclass(frozen=True, slots=True)
class Order:
    """One order. ``number`` is what people say on the telephone; ``version`` rises by one with every change.

    ``card`` is the card that ordered and is to be renewed; ``revocation`` its status at submit, ``certificate_not_after``
    its end.
    ``recipient`` is the name in the register, which the new card will carry. ``withdrawable_until`` is the earliest hand-off.
    """

    number: str
    person: Person
    card: CardId
    fingerprint: str
    certificate_not_after: datetime
    recipient: str
    product: Product
    delivery: Delivery
    contact: Contact
    estimate: Estimate
    findings: tuple[Finding, ...]
    revocation: RevocationStatus
    sources: Mapping[str, str]
    state: OrderState
    placed_at: datetime
    withdrawable_until: datetime
    version: int = 1
    decision: Decision | None = None
    events: tuple[OrderEvent, ...] = ()


class RenewalBlocked(WebVarttiError):
    """At least one finding blocks; the page shows every one of them with its next step."""

    code = "renewal-blocked"

    def __init__(self, found: tuple[Finding, ...]) -> None:
        blocking = tuple(finding for finding in found if finding.severity is Severity.BLOCKS)
        super().__init__(", ".join(finding.code for finding in blocking))
        self.findings = blocking


class OrderAlreadyOpen(WebVarttiError):
    """Another order for this card is on its way (``number``, where it is known)."""

    code = "order-already-open"

    def __init__(self, number: str = "") -> None:
        super().__init__(number)
        self.number = number


class StaleOrder(WebVarttiError):
    """Somebody changed the order since it was read."""

    code = "stale-order"


@dataclass(frozen=True, slots=True)
class Placement:
    """Everything that ``place`` puts into an order beside what the holder chose."""

    number: str
    holder: CardHolder
    recipient: str
    product: Product
    estimate: Estimate
    findings: tuple[Finding, ...]
    revocation: RevocationStatus
    sources: Mapping[str, str]
    withdrawable_until: datetime


def actor_of(person: Person) -> Actor:
    """The holder as an actor."""
    return Actor(ActorKind.HOLDER, f"{person.namespace}:{person.serial_number}")


def place(choices: ResolvedChoices, placement: Placement, now: datetime) -> Order:
    """A new order in SUBMITTED. Raises RenewalBlocked where a finding blocks."""
    if any(finding.severity is Severity.BLOCKS for finding in placement.findings):
        raise RenewalBlocked(placement.findings)
    holder = placement.holder
    state = next_state(None, EventKind.PLACED)
    return Order(
        number=placement.number,
        person=holder.person,
        card=holder.card,
        fingerprint=holder.fingerprint,
        certificate_not_after=holder.not_after,
        recipient=placement.recipient,
        product=placement.product,
        delivery=choices.delivery,
        contact=choices.contact,
        estimate=placement.estimate,
        findings=placement.findings,
        revocation=placement.revocation,
        sources=placement.sources,
        state=state,
        placed_at=now,
        withdrawable_until=placement.withdrawable_until,
        events=(OrderEvent(EventKind.PLACED, now, actor_of(holder.person), state),),
    )


def happened(order: Order, kind: EventKind, actor: Actor, now: datetime, reason: Mapping[str, str] | None = None) -> Order:
    """The order after one more event, its version one higher. Raises ChangeNotAllowed."""
    state = next_state(order.state, kind)
    event = OrderEvent(kind, now, actor, state, dict(reason or {}))
    return replace(order, state=state, version=order.version + 1, events=(*order.events, event))


def decided(order: Order, decision: Decision, more: Mapping[str, str] | None = None) -> Order:
    """The order with its decision taken; ``more`` goes into the event's reason. Raises ChangeNotAllowed where it isn't waiting
    for a decision.
    """
    kind = EventKind.APPROVED if decision.outcome is Outcome.APPROVED else EventKind.REJECTED
    reason = {"rules": decision.rules_version, **({"reason": decision.reason} if decision.reason else {}), **(more or {})}
    return replace(happened(order, kind, decision.actor, decision.at, reason), decision=decision)


def can_be_withdrawn(order: Order) -> bool:
    """True until the hand-off to production: the table of state changes says so, not a clock."""
    try:
        next_state(order.state, EventKind.WITHDRAWN)
    except WebVarttiError:
        return False
    return True


class KeyAlreadyUsed(WebVarttiError):
    """This form was sent before and made an order (``number``): a double click, a retry, a reload."""

    code = "key-already-used"

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


def order_number(random_text: str) -> str:
    """Such as WV-7K3M-9Q4P, from a random text."""
    return spoken_number("WV", random_text)
