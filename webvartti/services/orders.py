"""What happens to an order after it was placed: looking, withdrawing, and an operator's decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.approval import vouching_for
from webvartti.domain.audit import AuditEntry
from webvartti.domain.decisions import RULES_VERSION, Decision, Outcome, RejectionReason
from webvartti.domain.errors import NotFound, RegisterUnavailable, WebVarttiError
from webvartti.domain.events import Actor, ActorKind, EventKind, OrderState
from webvartti.domain.holders import Person
from webvartti.domain.messages import MessageKind
from webvartti.domain.orders import Order, actor_of, decided, happened
from webvartti.domain.ports import Register, RevocationRegister
from webvartti.domain.registers import RegisteredPerson
from webvartti.domain.repositories import UnitsOfWork
from webvartti.services.placing import tell

OPERATOR_LOOKED = "order.viewed"


class ReasonMissing(WebVarttiError):
    """A rejection says why, from the list."""

    code = "reason-missing"


@dataclass(frozen=True, slots=True)
class Orders:
    """The use cases on orders that exist."""

    units: UnitsOfWork
    register: Register
    public_origin: str
    revocation: RevocationRegister

    def of_person(self, person: Person) -> tuple[Order, ...]:
        """The holder's own orders, newest first."""
        with self.units.reading() as unit:
            return unit.orders.of_person(person)

    def own(self, number: str, person: Person) -> Order:
        """One own order. Raises NotFound, for somebody else's too."""
        with self.units.reading() as unit:
            order = unit.orders.get(number)
        if order.person != person:
            raise NotFound
        return order

    def withdraw(self, number: str, person: Person, seen_version: int, now: datetime) -> Order:
        """Withdraw an own order. Raises NotFound, ChangeNotAllowed (too late), StaleOrder. Once withdrawn it stays so."""
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            if order.person != person:
                raise NotFound
            if order.state is OrderState.WITHDRAWN:
                return order
            actor = actor_of(person)
            withdrawn = happened(order, EventKind.WITHDRAWN, actor, now)
            unit.orders.save(withdrawn, seen_version=seen_version)
            unit.held_orders.delete(number)
            tell(unit, MessageKind.ORDER_WITHDRAWN, withdrawn, self.public_origin, now)
            unit.audit.add(AuditEntry(now, actor, "order.withdrawn", actor.name, number))
            unit.commit()
        return withdrawn

    def listed(self, *, state: OrderState | None, before: str, limit: int, operator: str, now: datetime) -> tuple[Order, ...]:
        """A page of the operator's list, newest first. The look is audited. Raises NotFound for an unknown ``before``."""
        with self.units.writing() as unit:
            found = unit.orders.page(state=state, before=before, limit=limit)
            numbers = " ".join(order.number for order in found)
            actor = Actor(ActorKind.OPERATOR, operator)
            unit.audit.add(AuditEntry(now, actor, "orders.listed", detail={"numbers": numbers}))
            unit.commit()
        return found

    def every(self, state: OrderState | None, page_size: int = 500) -> Iterator[Order]:
        """All orders, newest first, a page at a time so that memory stays flat."""
        before = ""
        while page := self._page(state, before, page_size):
            yield from page
            before = page[-1].number

    def _page(self, state: OrderState | None, before: str, limit: int) -> tuple[Order, ...]:
        with self.units.reading() as unit:
            return unit.orders.page(state=state, before=before, limit=limit)

    def address_may_be_shown(self, person: Person) -> bool:
        """False with a non-disclosure order, also one that came after the order, and where the register doesn't answer."""
        try:
            registered = self._registered(person)
        except RegisterUnavailable:
            return False
        return registered is None or not registered.non_disclosure

    def registered_address(self, person: Person) -> PostalAddress | None:
        """The address in the register today, to compare an order's with. Raises RegisterUnavailable."""
        registered = self._registered(person)
        return None if registered is None or registered.non_disclosure else registered.home_address

    def _registered(self, person: Person) -> RegisteredPerson | None:
        return self.register.person(person.registration_number) if person.registration_number else None

    def look(self, number: str, operator: str, now: datetime) -> Order:
        """One order for an operator. The look itself is audited, and the holder can see it. Raises NotFound."""
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            actor = Actor(ActorKind.OPERATOR, operator)
            unit.audit.add(AuditEntry(now, actor, OPERATOR_LOOKED, actor_of(order.person).name, number))
            unit.commit()
        return order

    def exported(self, count: int, operator: str, now: datetime) -> None:
        """Leave an audit line of an export of ``count`` orders."""
        with self.units.writing() as unit:
            actor = Actor(ActorKind.OPERATOR, operator)
            unit.audit.add(AuditEntry(now, actor, "orders.exported", detail={"count": str(count)}))
            unit.commit()

    def looks(self, person: Person, limit: int = 500) -> tuple[AuditEntry, ...]:
        """What operators did with the holder's orders, newest first, among the newest ``limit`` entries about the holder."""
        with self.units.reading() as unit:
            entries = unit.audit.recent(limit=limit, subject=actor_of(person).name)
        return tuple(entry for entry in entries if entry.actor.kind is ActorKind.OPERATOR)

    def decide(self, number: str, outcome: Outcome, reason: RejectionReason | None, operator: str, now: datetime) -> Order:
        """An operator's decision on an order that waits for a person. An approval asks revocation first.

        Raises NotFound, ReasonMissing, ChangeNotAllowed, StaleOrder, CardRevokedSince, RevocationNotKnown.
        """
        if outcome is Outcome.REJECTED and reason is None:
            raise ReasonMissing
        why = str(reason) if reason and outcome is Outcome.REJECTED else ""
        actor = Actor(ActorKind.OPERATOR, operator)
        with self.units.reading() as unit:
            card = unit.orders.get(number).card
        status = self.revocation.status(card, now)  # may wait, so it comes before the unit of work
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            rules = order.sources.get("rules", RULES_VERSION)  # those that gave the findings, not today's
            done = decided(order, Decision(outcome, now, actor, rules, order.findings, why))
            if outcome is Outcome.APPROVED:
                done = replace(done, revocation=vouching_for(order, status))
            unit.orders.save(done, seen_version=order.version)
            unit.held_orders.delete(number)
            tell(unit, _message_of(done.decision), done, self.public_origin, now)
            vouched = {"revocation": done.revocation.state, "crl_number": str(done.revocation.crl_number)}
            detail = {"outcome": outcome, "reason": why, "rules": rules, **vouched}
            unit.audit.add(AuditEntry(now, actor, "order.decided", actor_of(order.person).name, number, detail))
            unit.commit()
        return done


def _message_of(decision: Decision | None) -> MessageKind:
    """A holder whose card isn't valid can't sign in to read the reason, so that message tells the next step by itself."""
    if decision is None or decision.outcome is Outcome.APPROVED:
        return MessageKind.ORDER_APPROVED
    stopped = decision.reason == RejectionReason.CARD_NOT_CONFIRMED
    return MessageKind.ORDER_STOPPED if stopped else MessageKind.ORDER_REJECTED
