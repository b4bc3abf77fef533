"""The main job: a holder orders the card that they hold anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.audit import AuditEntry
from webvartti.domain.decisions import decide
from webvartti.domain.eligibility import Finding, RenewalFacts, RenewalPolicy, Severity, findings, new_card_valid_until
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import OrderState
from webvartti.domain.holders import CardHolder
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.orders import (
    Contact,
    Delivery,
    Estimate,
    KeyAlreadyUsed,
    LetterTo,
    Order,
    OrderAlreadyOpen,
    Placement,
    RenewalBlocked,
    RenewalChoices,
    actor_of,
    decided,
    order_number,
    place,
)
from webvartti.domain.ports import Randomness, Register, RevocationRegister, WorkingDays
from webvartti.domain.products import Product
from webvartti.domain.repositories import Draft, UnitOfWork, UnitsOfWork
from webvartti.services.notices import order_values

FINNISH_TIME = ZoneInfo("Europe/Helsinki")
"""Rights, windows and estimates are counted in Finnish calendar days."""


@dataclass(frozen=True, slots=True)
class Practice:
    """How production works: ``card_working_days`` from order to card, ``letter_working_days`` from card to activation letter
    (DVV: about two weeks, about 4 working days); nothing is handed off before ``handoff_delay`` has passed.
    """

    card_working_days: int
    letter_working_days: int
    handoff_delay: timedelta


@dataclass(frozen=True, slots=True)
class RenewalRequest:
    """What the holder chose. ``home_address`` None means the register's; ``organisation`` is a business id or empty."""

    home_address: PostalAddress | None
    letter_to: LetterTo
    organisation: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """The command behind "send". ``key`` comes with the form, so that one form makes one order."""

    request: RenewalRequest
    key: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be ordered, were it sent now."""

    facts: RenewalFacts
    findings: tuple[Finding, ...]
    choices: RenewalChoices
    product: Product
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Overview:
    """What the holder has and may do: the facts, the findings without an address, and what was filled in before."""

    facts: RenewalFacts
    findings: tuple[Finding, ...]
    draft: Draft | None
    contact: Contact | None

    @property
    def may_order(self) -> bool:
        """True where nothing blocks."""
        return all(finding.severity is not Severity.BLOCKS for finding in self.findings)


class LetterAddressUnknown(WebVarttiError):
    """The letter can't go home: the register has no home address, and an address typed in the order is never used for it."""

    code = "letter-address-unknown"


class OrganisationUnknown(WebVarttiError):
    """The register has no such organisation (any more)."""

    code = "organisation-unknown"


@dataclass(frozen=True, slots=True)
class Renewals:
    """The use cases of a renewal; each opens at most one writing unit of work and commits once."""

    register: Register
    revocation: RevocationRegister
    units: UnitsOfWork
    working_days: WorkingDays
    randomness: Randomness
    policy: RenewalPolicy
    practice: Practice
    site: str

    def overview(self, holder: CardHolder, now: datetime) -> Overview:
        """What the holder's page shows."""
        facts = self._facts(holder, now)
        with self.units.reading() as unit:
            draft = unit.drafts.get(holder.person, holder.card)
            contact = unit.contacts.get(holder.person)
        return Overview(facts, findings(facts, self.policy, _today(now)), draft, contact)

    def keep_draft(self, holder: CardHolder, fields: dict[str, str], now: datetime) -> None:
        """Keep what was filled in, for the same person with the same card."""
        with self.units.writing() as unit:
            unit.drafts.put(Draft(holder.person, holder.card, fields, now))
            unit.commit()

    def preview(self, request: RenewalRequest, holder: CardHolder, now: datetime) -> Preview:
        """What "check and send" shows. Raises RenewalBlocked, LetterAddressUnknown, OrganisationUnknown."""
        facts = self._facts(holder, now)
        registered = facts.person.home_address if facts.person and not facts.person.non_disclosure else None
        facts = replace(facts, address=request.home_address or registered)
        found = findings(facts, self.policy, _today(now))
        estimate = self._estimate(facts, now)
        if facts.address is None or facts.card is None or estimate is None:
            raise RenewalBlocked(found)
        choices = RenewalChoices(self._delivery(request, facts.address, registered), request.contact)
        product = Product(facts.card.kind, facts.card.with_photo, facts.card.profession)
        return Preview(facts, found, choices, product, estimate)

    def place_order(self, command: PlaceOrder, holder: CardHolder, now: datetime) -> Order:
        """Place the order and decide it where no person is needed.

        The same ``key`` again gives the same order. Raises RenewalBlocked, OrderAlreadyOpen, LetterAddressUnknown,
        OrganisationUnknown, AdapterUnavailable.
        """
        made = self.made_with(command.key, holder)
        if made is not None:
            return made
        preview = self.preview(command.request, holder, now)  # asks register and revocation: may wait, so it comes first
        if preview.facts.open_order:
            made = self.made_with(command.key, holder)  # the same form, sent a moment ago
            if made is not None:
                return made
            raise OrderAlreadyOpen(preview.facts.open_order)
        order = self._order(preview, holder, now)
        try:
            with self.units.writing() as unit:
                unit.idempotency.claim(command.key, holder.person, order.number, now)
                unit.orders.add(order)
                self._write_beside(unit, order, holder, now)
                unit.commit()
        except KeyAlreadyUsed:
            made = self.made_with(command.key, holder)
            if made is None:
                raise
            return made
        return order

    def _order(self, preview: Preview, holder: CardHolder, now: datetime) -> Order:
        right = preview.facts.right(_today(now))
        recipient = f"{right.given_names} {right.surname}" if right else holder.name
        placement = Placement(
            number=order_number(self.randomness()),
            holder=holder,
            recipient=recipient,
            product=preview.product,
            estimate=preview.estimate,
            findings=preview.findings,
            revocation=preview.facts.revocation,
            sources={snapshot.name: f"{snapshot.number}:{snapshot.sha256}" for snapshot in self.register.snapshots()},
            withdrawable_until=now + self.practice.handoff_delay,
        )
        order = place(preview.choices, placement, now)
        decision = decide(preview.findings, now)
        return order if decision is None else decided(order, decision)

    def _write_beside(self, unit: UnitOfWork, order: Order, holder: CardHolder, now: datetime) -> None:
        """All that belongs to a placed order beside the order itself: contact, messages, draft, audit."""
        earlier = unit.contacts.get(order.person)
        values = order_values(order, self.site)
        if earlier is not None and earlier.email != order.contact.email:
            unit.outbox.add(Message(MessageKind.CONTACT_CHANGED, earlier.email, earlier.language, values), now)
        kind = MessageKind.ORDER_APPROVED if order.state is OrderState.APPROVED else MessageKind.ORDER_RECEIVED
        unit.outbox.add(Message(kind, order.contact.email, order.contact.language, values), now)
        unit.contacts.put(order.person, order.contact, now)
        unit.drafts.delete(order.person, order.card)
        actor = actor_of(holder.person)
        detail = {
            "card_serial": order.card.serial,
            "issuer_key": order.card.issuer_key,
            "fingerprint": order.fingerprint,
            "crl_number": str(order.revocation.crl_number),
            "state": order.state,
            "findings": " ".join(finding.code for finding in order.findings),
        }
        unit.audit.add(AuditEntry(now, actor, "order.placed", actor.name, order.number, detail))
        if order.decision is not None:
            decision = {"outcome": order.decision.outcome, "rules": order.decision.rules_version}
            unit.audit.add(AuditEntry(now, order.decision.actor, "order.decided", actor.name, order.number, decision))

    def made_with(self, key: str, holder: CardHolder) -> Order | None:
        """The order that this form made, where it was sent before: a double click, a retry, a reload."""
        with self.units.reading() as unit:
            number = unit.idempotency.number(key, holder.person)
            return None if number is None else unit.orders.get(number)

    def _facts(self, holder: CardHolder, now: datetime) -> RenewalFacts:
        number = holder.person.registration_number
        revocation = self.revocation.status(holder.card, now)
        with self.units.reading() as unit:
            open_order = unit.orders.open_for_card(holder.card)
        return RenewalFacts(
            holder=holder,
            revocation=revocation,
            rights=self.register.rights(number) if number else (),
            cards=self.register.cards(number) if number else (),
            person=self.register.person(number) if number else None,
            open_order=open_order.number if open_order else "",
        )

    def _estimate(self, facts: RenewalFacts, now: datetime) -> Estimate | None:
        arrives = self.working_days.after(_today(now), self.practice.card_working_days)
        letter = self.working_days.after(arrives, self.practice.letter_working_days)
        until = new_card_valid_until(facts, _today(now))
        return None if until is None else Estimate(arrives, letter, until)

    def _delivery(self, request: RenewalRequest, address: PostalAddress, registered: PostalAddress | None) -> Delivery:
        if request.letter_to is LetterTo.HOME:
            if registered is None:
                raise LetterAddressUnknown
            return Delivery(address, LetterTo.HOME, registered)
        organisation = self.register.organisation(request.organisation)
        if organisation is None:
            raise OrganisationUnknown
        return Delivery(address, LetterTo.ORGANISATION, organisation.address, organisation.business_id, organisation.name)


def _today(now: datetime) -> date:
    return now.astimezone(FINNISH_TIME).date()
