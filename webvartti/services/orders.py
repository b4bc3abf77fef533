"""What happens to an order after it was placed: looking, withdrawing, and an operator's decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.audit import AuditEntry
from webvartti.domain.decisions import RULES_VERSION, Decision, Outcome, RejectionReason
from webvartti.domain.errors import NotFound, WebVarttiError
from webvartti.domain.events import Actor, ActorKind, EventKind, OrderState
from webvartti.domain.holders import Person
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.orders import Order, actor_of, decided, happened
from webvartti.domain.repositories import UnitsOfWork
from webvartti.services.notices import order_values

OPERATOR_LOOKED = "order.viewed"


class ReasonMissing(WebVarttiError):
    """A rejection says why, from the list."""

    code = "reason-missing"


@dataclass(frozen=True, slots=True)
class Orders:
    """The use cases on orders that exist."""

    units: UnitsOfWork
    site: str

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
            values = order_values(withdrawn, self.site)
            message = Message(MessageKind.ORDER_WITHDRAWN, order.contact.email, order.contact.language, values)
            unit.outbox.add(message, now)
            unit.audit.add(AuditEntry(now, actor, "order.withdrawn", actor.name, number))
            unit.commit()
        return withdrawn

    def page(self, *, state: OrderState | None, before: str, limit: int) -> tuple[Order, ...]:
        """Orders for the operator's list, newest first."""
        with self.units.reading() as unit:
            return unit.orders.page(state=state, before=before, limit=limit)

    def every(self, state: OrderState | None, page_size: int = 500) -> Iterator[Order]:
        """All orders, newest first, a page at a time so that memory stays flat."""
        before = ""
        while page := self.page(state=state, before=before, limit=page_size):
            yield from page
            before = page[-1].number

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

    def looks(self, person: Person, limit: int = 50) -> tuple[AuditEntry, ...]:
        """Who has looked at the holder's orders, newest first."""
        with self.units.reading() as unit:
            return unit.audit.recent(limit=limit, subject=actor_of(person).name, action=OPERATOR_LOOKED)

    def decide(self, number: str, outcome: Outcome, reason: RejectionReason | None, operator: str, now: datetime) -> Order:
        """An operator's decision on an order that waits for a person.

        Raises NotFound, ReasonMissing, ChangeNotAllowed, StaleOrder.
        """
        if outcome is Outcome.REJECTED and reason is None:
            raise ReasonMissing
        why = str(reason) if reason and outcome is Outcome.REJECTED else ""
        actor = Actor(ActorKind.OPERATOR, operator)
        with self.units.writing() as unit:
            order = unit.orders.get(number)
            done = decided(order, Decision(outcome, now, actor, RULES_VERSION, order.findings, why))
            unit.orders.save(done, seen_version=order.version)
            kind = MessageKind.ORDER_APPROVED if outcome is Outcome.APPROVED else MessageKind.ORDER_REJECTED
            values = order_values(done, self.site)
            unit.outbox.add(Message(kind, order.contact.email, order.contact.language, values), now)
            detail = {"outcome": outcome, "reason": why, "rules": RULES_VERSION}
            unit.audit.add(AuditEntry(now, actor, "order.decided", actor_of(order.person).name, number, detail))
            unit.commit()
        return done
