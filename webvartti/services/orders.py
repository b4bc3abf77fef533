"""What happens to an order after it was placed: looking, withdrawing, answering, asking for a new look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.audit import AuditEntry
from webvartti.domain.errors import NotFound, RegisterUnavailable
from webvartti.domain.events import Actor, ActorKind, ChangeNotAllowed, EventKind, OrderState
from webvartti.domain.holders import Person
from webvartti.domain.messages import MessageKind
from webvartti.domain.orders import Order, actor_of, happened
from webvartti.domain.ports import Register
from webvartti.domain.registers import RegisteredPerson
from webvartti.domain.repositories import UnitsOfWork
from webvartti.domain.review import DecisionStatus, Letter, LetterKind, asked_anew, can_be_looked_at_anew
from webvartti.services.placing import tell
from webvartti.services.review import STAFF_LOOKED
from webvartti.services.unknown_commits import until_known

OPERATOR_LOOKED = "order.viewed"
_LOOKS = frozenset({OPERATOR_LOOKED, STAFF_LOOKED, "case.question-asked", "order.decided"})
"""What a holder is told of. Not a decision that hasn't taken effect, and not what was done with their own role."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The use cases on orders that exist."""

    units: UnitsOfWork
    register: Register
    public_origin: str

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
        return until_known(lambda: self._withdrawn(number, person, seen_version, now))

    def _withdrawn(self, number: str, person: Person, seen_version: int, now: datetime) -> Order:
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
        """Who opened the holder's orders, newest first, among the newest ``limit`` entries about the holder."""
        with self.units.reading() as unit:
            entries = unit.audit.recent(limit=limit, subject=actor_of(person).name)
        people = (ActorKind.OPERATOR, ActorKind.STAFF)
        return tuple(entry for entry in entries if entry.actor.kind in people and entry.action in _LOOKS)

    def letters(self, order: Order) -> tuple[Letter, ...]:
        """What was written about an order that ``own`` gave, oldest first."""
        with self.units.reading() as unit:
            return unit.letters.of_order(order.number)

    def words_to_holder(self, order: Order) -> str:
        """What the reviewer who rejected an order that ``own`` gave wrote, once that has taken effect."""
        with self.units.reading() as unit:
            decisions = unit.review_decisions.of_order(order.number)
        effective = [each for each in decisions if each.status is DecisionStatus.EFFECTIVE]
        return effective[-1].words if effective else ""

    def answer(self, number: str, person: Person, text: str, seen_version: int, now: datetime) -> Order:
        """Answer the question: the case goes back to whoever asked. Raises NotFound, ChangeNotAllowed, StaleOrder."""
        return self._written(number, person, Letter(number, LetterKind.ANSWER, now, text), seen_version)

    def ask_for_new_look(self, number: str, person: Person, text: str, seen_version: int, now: datetime) -> Order:
        """Have a person look at a decision anew; the card isn't made until they have.

        Raises NotFound, ChangeNotAllowed (too late), StaleOrder, OrderAlreadyOpen (for a rejected one: another is on its way).
        """
        return self._written(number, person, Letter(number, LetterKind.NEW_LOOK, now, text), seen_version)

    def _written(self, number: str, person: Person, letter: Letter, seen_version: int) -> Order:
        kinds = {LetterKind.ANSWER: EventKind.INFORMATION_GIVEN, LetterKind.NEW_LOOK: EventKind.REVIEW_REQUESTED}
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            if order.person != person:
                raise NotFound
            actor = actor_of(person)
            if letter.kind is LetterKind.NEW_LOOK and not can_be_looked_at_anew(order):
                raise ChangeNotAllowed(order.state, EventKind.REVIEW_REQUESTED)
            after = happened(order, kinds[letter.kind], actor, letter.at)
            if letter.kind is LetterKind.NEW_LOOK:
                after = asked_anew(after)
            unit.orders.save(after, seen_version=seen_version)
            unit.letters.add(letter)
            unit.audit.add(AuditEntry(letter.at, actor, f"order.{kinds[letter.kind]}", actor.name, number))
            unit.commit()
        return after
