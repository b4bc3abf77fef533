"""The main job: a holder orders the card that they hold anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.calendar import finnish_day
from webvartti.domain.decisions import RULES_VERSION, decide
from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy, findings, new_card_valid_until
from webvartti.domain.errors import CommitUnknown, WebVarttiError
from webvartti.domain.events import OrderState
from webvartti.domain.holders import CardHolder
from webvartti.domain.messages import MessageKind
from webvartti.domain.orders import (
    Delivery,
    Estimate,
    LetterTo,
    Order,
    OrderAlreadyOpen,
    Placement,
    RenewalBlocked,
    ResolvedChoices,
    decided,
    order_number,
    place,
)
from webvartti.domain.ports import Randomness, Register, RevocationRegister, WorkingDays
from webvartti.domain.products import Product
from webvartti.domain.registers import Organisation
from webvartti.domain.repositories import Draft, UnitOfWork, UnitsOfWork
from webvartti.services.placing import audit_decided, audit_placed, keep_inputs, tell, warn_earlier_contact
from webvartti.services.renewal_requests import (
    HomeAddressUnknown,
    LetterAddressUnknown,
    OrganisationUnknown,
    Overview,
    PlaceOrder,
    Practice,
    Preview,
    RenewalRequest,
)
from webvartti.services.rules import Rules
from webvartti.services.unknown_commits import until_known


@dataclass(frozen=True, slots=True)
class Renewals:
    """The use cases of a renewal; each opens at most one writing unit of work and commits once."""

    register: Register
    revocation: RevocationRegister
    units: UnitsOfWork
    working_days: WorkingDays
    randomness: Randomness
    rules: Rules
    practice: Practice
    public_origin: str

    def overview(self, holder: CardHolder, now: datetime) -> Overview:
        """What the holder's page shows."""
        with self.units.reading() as unit:
            open_order, policy = self._in_database(unit, holder)
            draft = unit.drafts.get(holder.person, holder.card)
            contact = unit.contacts.get(holder.person)
        facts = self._facts(holder, open_order, now)
        return Overview(facts, findings(facts, policy, finnish_day(now)), draft, contact)

    def seen(self, holder: CardHolder, now: datetime, *, own: str = "") -> tuple[RenewalFacts, RenewalPolicy]:
        """What the rules judge, without an address; ``own`` is the number of an order that isn't in its own way."""
        with self.units.reading() as unit:
            open_order, policy = self._in_database(unit, holder)
        return self._facts(holder, open_order if open_order != own else "", now), policy

    def _in_database(self, unit: UnitOfWork, holder: CardHolder) -> tuple[str, RenewalPolicy]:
        """The open order of this card, and the policy."""
        return unit.orders.open_for_card(holder.card), self.rules.policy_in(unit)

    def _facts(self, holder: CardHolder, open_order: str, now: datetime) -> RenewalFacts:
        """Asks register and revocation, so outside of any unit of work."""
        number = holder.person.registration_number
        return RenewalFacts(
            holder=holder,
            revocation=self.revocation.status(holder.card, now),
            rights=self.register.rights(number) if number else (),
            cards=self.register.cards(number) if number else (),
            person=self.register.person(number) if number else None,
            open_order=open_order,
        )

    def draft(self, holder: CardHolder) -> Draft | None:
        """What was filled in before; asks the database only."""
        with self.units.reading() as unit:
            return unit.drafts.get(holder.person, holder.card)

    def keep_draft(self, holder: CardHolder, fields: dict[str, str], now: datetime) -> None:
        """Keep what was filled in, for the same person with the same card."""
        with self.units.writing() as unit:
            unit.drafts.put(Draft(holder.person, holder.card, fields, now))
            unit.commit()

    def preview(self, request: RenewalRequest, holder: CardHolder, now: datetime, *, own: str = "") -> Preview:
        """What "check and send" shows; ``own`` is the number of an order that isn't in its own way.

        Raises RenewalBlocked, HomeAddressUnknown, LetterAddressUnknown, OrganisationUnknown.
        """
        facts, policy = self.seen(holder, now, own=own)
        registered = facts.person.home_address if facts.person and not facts.person.non_disclosure else None
        organisation = self._organisation(request)
        facts = replace(
            facts,
            address=request.home_address or registered,
            letter_organisation=organisation.name if organisation else "",
        )
        found = findings(facts, policy, finnish_day(now))
        estimate = self._estimate(facts, now)
        if facts.card is None or estimate is None:
            raise RenewalBlocked(found)
        if facts.address is None:
            raise HomeAddressUnknown
        choices = ResolvedChoices(_delivery(facts.address, registered, organisation), request.contact)
        product = Product(facts.card.kind, facts.card.with_photo, facts.card.profession)
        return Preview(facts, found, choices, product, estimate, policy)

    def place_order(self, command: PlaceOrder, holder: CardHolder, now: datetime) -> Order:
        """Place the order and decide it where no person is needed. The same ``key`` again gives the same order.

        Raises OrderAlreadyOpen, AdapterUnavailable, and what ``preview`` raises.
        """
        return until_known(lambda: self._placed(command, holder, now))

    def _placed(self, command: PlaceOrder, holder: CardHolder, now: datetime) -> Order:
        try:
            return self._place(command, holder, now)
        except CommitUnknown:
            raise
        except WebVarttiError:
            made = self.made_with(command.key, holder)  # the same form, sent before: whatever stands in its way now
            if made is None:
                raise
            return made

    def _place(self, command: PlaceOrder, holder: CardHolder, now: datetime) -> Order:
        preview = self.preview(command.request, holder, now)  # asks register and revocation: may wait, so it comes first
        if preview.facts.open_order:
            raise OrderAlreadyOpen(preview.facts.open_order)
        order = self._order(preview, holder, now)
        with self.units.writing() as unit:
            unit.idempotency.claim(command.key, holder.person, order.number, now)
            unit.orders.add(order)
            keep_inputs(unit, order, preview.facts, preview.policy, now)
            self._write_beside(unit, order, now)
            unit.commit()
        return order

    def _order(self, preview: Preview, holder: CardHolder, now: datetime) -> Order:
        order = self.undecided(preview, holder, now)
        decision = decide(preview.findings, now)
        return order if decision is None else decided(order, decision)

    def undecided(self, preview: Preview, holder: CardHolder, now: datetime) -> Order:
        """The order that a preview shows, placed and not yet decided on. Raises RenewalBlocked."""
        placement = Placement(
            number=order_number(self.randomness()),
            holder=holder,
            recipient=_recipient(preview.facts, now),
            product=preview.product,
            estimate=preview.estimate,
            findings=preview.findings,
            revocation=preview.facts.revocation,
            sources=self._sources(),
            withdrawable_until=now + self.practice.handoff_delay,
        )
        return place(preview.choices, placement, now)

    def asked_anew(self, order: Order, preview: Preview, now: datetime) -> Order:
        """An order as the registers have it today, its number and history as they were."""
        return replace(
            order,
            recipient=_recipient(preview.facts, now),
            product=preview.product,
            delivery=preview.choices.delivery,
            estimate=preview.estimate,
            findings=preview.findings,
            sources=self._sources(),
            withdrawable_until=now + self.practice.handoff_delay,
        )

    def _sources(self) -> dict[str, str]:
        """What the order rests on: the version of the rules, and which extract of each register."""
        extracts = {snapshot.name: f"{snapshot.number}:{snapshot.sha256}" for snapshot in self.register.snapshots()}
        return {"rules": RULES_VERSION, **extracts}

    def _write_beside(self, unit: UnitOfWork, order: Order, now: datetime) -> None:
        """All that belongs to a placed order beside the order itself: contact, messages, draft, audit."""
        warn_earlier_contact(unit, order, self.public_origin, now)
        kind = MessageKind.ORDER_APPROVED if order.state is OrderState.APPROVED else MessageKind.ORDER_RECEIVED
        tell(unit, kind, order, self.public_origin, now)
        unit.contacts.put(order.person, order.contact, now)
        unit.drafts.delete(order.person, order.card)
        audit_placed(unit, order, now)
        audit_decided(unit, order, now)

    def made_with(self, key: str, holder: CardHolder) -> Order | None:
        """The order that this form made, where it was sent before: a double click, a retry, a reload."""
        with self.units.reading() as unit:
            number = unit.idempotency.number(key, holder.person)
            return None if number is None else unit.orders.get(number)

    def _estimate(self, facts: RenewalFacts, now: datetime) -> Estimate | None:
        arrives = self.working_days.after(finnish_day(now), self.practice.card_working_days)
        letter = self.working_days.after(arrives, self.practice.letter_working_days)
        until = new_card_valid_until(facts, finnish_day(now))
        return None if until is None else Estimate(arrives, letter, until)

    def _organisation(self, request: RenewalRequest) -> Organisation | None:
        if request.letter_to is LetterTo.HOME:
            return None
        found = self.register.organisation(request.organisation)
        if found is None:
            raise OrganisationUnknown
        return found


def _recipient(facts: RenewalFacts, now: datetime) -> str:
    """The name in the register, which the new card will carry."""
    right = facts.right(finnish_day(now))
    return f"{right.given_names} {right.surname}" if right else facts.holder.name


def _delivery(address: PostalAddress, registered: PostalAddress | None, organisation: Organisation | None) -> Delivery:
    """The letter goes to an address of the registers: the home's or the workplace's, never to one that was typed."""
    if organisation is not None:
        where = organisation.address
        return Delivery(address, LetterTo.ORGANISATION, where, organisation.business_id, organisation.name)
    if registered is None:
        raise LetterAddressUnknown
    return Delivery(address, LetterTo.HOME, registered)
