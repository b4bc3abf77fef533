"""Orders of the draft lane: placed on hold, and released or stopped by themselves once fresh revocation data is there."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from webvartti.domain.audit import AuditEntry
from webvartti.domain.calendar import finnish_day
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.decisions import decide
from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy, findings
from webvartti.domain.errors import RegisterUnavailable
from webvartti.domain.events import OrderState
from webvartti.domain.held_orders import (
    REVOCATION_CHECK,
    HeldOrder,
    HeldVerdict,
    NotTaken,
    delivery_unknown,
    held,
    judge_held,
    never_confirmed,
    released,
    stopped,
    without_unknown_revocation,
)
from webvartti.domain.holders import CardHolder
from webvartti.domain.messages import MessageKind
from webvartti.domain.orders import KeyAlreadyUsed, Order, OrderAlreadyOpen, RenewalBlocked, StaleOrder, actor_of, decided
from webvartti.domain.ports import RevocationRegister, Stopping, never
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.services.placing import audit_decided, audit_placed, keep_inputs, tell, warn_earlier_contact
from webvartti.services.renewal_requests import (
    HomeAddressUnknown,
    LetterAddressUnknown,
    OrganisationUnknown,
    PlaceOrder,
    Preview,
    RenewalRequest,
)
from webvartti.services.renewals import Renewals
from webvartti.services.unknown_commits import until_known

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 100
"""Settled in one round, so that mail and seals don't wait for all of them."""

_ASKED_AT_ONCE = 500
"""How many a round asks about, taking turns: each question takes a part of a millisecond, and an outage may hold thousands."""

_DELIVERY_UNKNOWN = (HomeAddressUnknown, LetterAddressUnknown, OrganisationUnknown)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A held order as the registers have it today, and what the rules saw of it."""

    order: Order
    facts: RenewalFacts
    policy: RenewalPolicy


@dataclass(frozen=True, slots=True)
class HeldOrders:
    """The use cases of the draft lane. Registers are asked inside; nothing that they know leaves through ``place``."""

    renewals: Renewals
    revocation: RevocationRegister
    units: UnitsOfWork

    def place(self, command: PlaceOrder, holder: CardHolder, now: datetime) -> Order:
        """Place the order on hold. The same ``key`` again gives the same order.

        Raises NotTaken whatever stands in the way, so that nobody learns what the registers know; AdapterUnavailable.
        """
        return until_known(lambda: self._placed(command, holder, now))

    def _placed(self, command: PlaceOrder, holder: CardHolder, now: datetime) -> Order:
        made = self.made_with(command.key, holder)
        if made is not None:
            return made
        try:
            order, preview = self._on_hold(command.request, holder, now)
            self._store(order, preview, command.key, holder, now)
        except (KeyAlreadyUsed, OrderAlreadyOpen, RenewalBlocked, NotTaken, *_DELIVERY_UNKNOWN):
            made = self.made_with(command.key, holder)  # the same form, sent a moment ago
            if made is None:
                raise NotTaken from None
            return made
        return order

    def made_with(self, key: str, holder: CardHolder) -> Order | None:
        """The order that was placed with this key."""
        return self.renewals.made_with(key, holder)

    def _on_hold(self, request: RenewalRequest, holder: CardHolder, now: datetime) -> tuple[Order, Preview]:
        preview = self.renewals.preview(request, holder, now)
        status = preview.facts.revocation
        if status.state not in (RevocationState.STALE, RevocationState.GOOD) or status.revoked_at is not None:
            raise NotTaken
        found = without_unknown_revocation(preview.findings)
        return held(self.renewals.undecided(replace(preview, findings=found), holder, now), now), preview

    def _store(self, order: Order, preview: Preview, key: str, holder: CardHolder, now: datetime) -> None:
        """What the holder has filled in before and how they were reached stays as it was until the card is known to be good."""
        with self.units.writing() as unit:
            unit.idempotency.claim(key, holder.person, order.number, now)
            unit.orders.add(order)
            keep_inputs(unit, order, preview.facts, preview.policy, now)
            unit.held_orders.add(HeldOrder(order.number, holder, now))
            warn_earlier_contact(unit, order, self.renewals.public_origin, now)
            tell(unit, MessageKind.ORDER_HELD, order, self.renewals.public_origin, now)
            audit_placed(unit, order, now)
            unit.commit()

    def settle(self, now: datetime, stopping: Stopping = never) -> int:
        """Release or stop what can be; how many orders were. What still waits stays as it is."""
        settled = 0
        for each in self._whose_turn_it_is(now):
            if stopping():
                break
            status = self.revocation.status(each.holder.card, now)
            verdict = judge_held(each, status)
            if verdict is HeldVerdict.WAITS:
                continue
            try:
                settled += self._settle(each, status, verdict, now)
            except RegisterUnavailable as problem:
                log.warning("held orders wait for the registers: %s", problem.code)
                break
            if settled >= _MOST_AT_ONCE:
                break
        return settled

    def _whose_turn_it_is(self, now: datetime) -> tuple[HeldOrder, ...]:
        with self.units.reading() as unit:
            waiting = unit.held_orders.waiting()
        parts = max(1, -(-len(waiting) // _ASKED_AT_ONCE))
        return waiting[_turn(now, parts) :: parts]

    def _settle(self, each: HeldOrder, status: RevocationStatus, verdict: HeldVerdict, now: datetime) -> bool:
        with self.units.reading() as unit:
            order = unit.orders.get(each.number)
            pending = unit.review_decisions.open_for(each.number)
        if order.state is not OrderState.HELD:
            self._forget(each)
            return False
        listed = verdict is HeldVerdict.LISTED
        if pending is not None and pending.order_version == order.version and not listed:
            return False  # a rule decides nothing while a person's decision is on its way
        seen = None if listed else self._seen(each, order, now)
        after = stopped(order, status, now) if seen is None else self._released(each, seen, status, verdict, now)
        try:
            with self.units.writing() as unit:
                unit.orders.save(after, seen_version=order.version)
                unit.held_orders.delete(each.number)
                if seen is not None:
                    keep_inputs(unit, after, seen.facts, seen.policy, now)
                self._write_beside(unit, after, status, verdict, now)
                unit.commit()
        except StaleOrder:
            return False  # another node, an operator or the holder was faster
        return True

    def _released(self, each: HeldOrder, seen: _Seen, status: RevocationStatus, verdict: HeldVerdict, now: datetime) -> Order:
        fresh = seen.order
        if verdict is HeldVerdict.EXPIRED_BEFORE:
            fresh = replace(fresh, findings=(*fresh.findings, never_confirmed(each)))
        after = released(fresh, status, verdict, now)
        decision = decide(after.findings, now)
        return after if decision is None else decided(after, decision)

    def _seen(self, each: HeldOrder, order: Order, now: datetime) -> _Seen:
        """With what the registers say today. What no longer fits goes to a person, with what was ordered."""
        delivery = order.delivery
        request = RenewalRequest(delivery.card_address, delivery.letter_to, delivery.letter_organisation, order.contact)
        try:
            preview = self.renewals.preview(request, each.holder, now, own=order.number)
        except RenewalBlocked as blocked:
            facts, policy = self.renewals.seen(each.holder, now, own=order.number)
            return _Seen(replace(order, findings=blocked.findings), facts, policy)
        except _DELIVERY_UNKNOWN:
            facts, policy = self.renewals.seen(each.holder, now, own=order.number)
            found = findings(facts, policy, finnish_day(now))
            return _Seen(replace(order, findings=(*found, delivery_unknown())), facts, policy)
        return _Seen(self.renewals.asked_anew(order, preview, now), preview.facts, preview.policy)

    def _write_beside(
        self, unit: UnitOfWork, order: Order, status: RevocationStatus, verdict: HeldVerdict, now: datetime
    ) -> None:
        detail = {"verdict": verdict, "crl_number": str(status.crl_number)}
        action = "order.stopped" if verdict is HeldVerdict.LISTED else "order.released"
        unit.audit.add(AuditEntry(now, REVOCATION_CHECK, action, actor_of(order.person).name, order.number, detail))
        audit_decided(unit, order, now)
        kinds = {OrderState.APPROVED: MessageKind.ORDER_APPROVED, OrderState.REJECTED: MessageKind.ORDER_STOPPED}
        tell(unit, kinds.get(order.state, MessageKind.ORDER_RELEASED), order, self.renewals.public_origin, now)
        if verdict is not HeldVerdict.LISTED:
            unit.contacts.put(order.person, order.contact, now)
            unit.drafts.delete(order.person, order.card)

    def _forget(self, each: HeldOrder) -> None:
        """It was withdrawn or decided on meanwhile."""
        with self.units.writing() as unit:
            unit.held_orders.delete(each.number)
            unit.commit()


def _turn(now: datetime, parts: int) -> int:
    """Drawn from the clock: nothing to be remembered, and whatever the rhythm of the rounds, every part comes up in time."""
    return int.from_bytes(sha256(now.isoformat().encode()).digest()) % parts
