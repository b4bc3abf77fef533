"""An order as a row of the orders table, and back; so its events and decision."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.decisions import Decision, Outcome
from webvartti.domain.events import EventKind, OrderEvent, OrderState
from webvartti.domain.orders import Contact, Delivery, Estimate, LetterTo, Order
from webvartti.domain.products import CardKind, Product
from webvartti.storage.forms import (
    Json,
    actor_from_row,
    actor_values,
    card_of,
    card_values,
    findings_from_json,
    findings_to_json,
    person_of,
    person_values,
    revocation_from_json,
    revocation_to_json,
)


def order_values(order: Order) -> Json:
    return {
        "number": order.number,
        "version": order.version,
        "state": order.state.value,
        "placed_at": order.placed_at,
        **person_values(order.person),
        **card_values(order.card),
        "fingerprint": order.fingerprint,
        "certificate_not_after": order.certificate_not_after,
        "recipient": order.recipient,
        "kind": order.product.kind.value,
        "with_photo": order.product.with_photo,
        "profession": order.product.profession,
        **_delivery_values(order.delivery),
        "email": order.contact.email,
        "telephone": order.contact.telephone,
        "language": order.contact.language,
        "card_arrives": order.estimate.card_arrives,
        "letter_arrives": order.estimate.letter_arrives,
        "valid_until": order.estimate.valid_until,
        "withdrawable_until": order.withdrawable_until,
        "findings": findings_to_json(order.findings),
        "revocation": revocation_to_json(order.revocation),
        "sources": dict(order.sources),
    }


def _delivery_values(delivery: Delivery) -> Json:
    return {
        **_address_values("card", delivery.card_address),
        "letter_to": delivery.letter_to.value,
        **_address_values("letter", delivery.letter_address),
        "letter_organisation": delivery.letter_organisation,
        "letter_organisation_name": delivery.letter_organisation_name,
    }


def _address_values(prefix: str, address: PostalAddress) -> Json:
    return {
        f"{prefix}_street": address.street,
        f"{prefix}_postal_code": address.postal_code,
        f"{prefix}_post_office": address.post_office,
        f"{prefix}_country": address.country,
    }


def order_of(row: RowMapping, events: Sequence[RowMapping], decision: RowMapping | None) -> Order:
    """``events`` in the order in which they happened; ``decision`` is the current one."""
    return Order(
        number=row["number"],
        person=person_of(row),
        card=card_of(row),
        fingerprint=row["fingerprint"],
        certificate_not_after=row["certificate_not_after"],
        recipient=row["recipient"],
        product=Product(CardKind(row["kind"]), row["with_photo"], row["profession"]),
        delivery=_delivery_of(row),
        contact=Contact(row["email"], row["telephone"], row["language"]),
        estimate=Estimate(row["card_arrives"], row["letter_arrives"], row["valid_until"]),
        findings=findings_from_json(row["findings"]),
        revocation=revocation_from_json(row["revocation"]),
        sources=row["sources"],
        state=OrderState(row["state"]),
        placed_at=row["placed_at"],
        withdrawable_until=row["withdrawable_until"],
        version=row["version"],
        decision=None if decision is None else decision_of(decision),
        events=tuple(_event_of(event) for event in events),
    )


def _delivery_of(row: RowMapping) -> Delivery:
    return Delivery(
        card_address=_address_of("card", row),
        letter_to=LetterTo(row["letter_to"]),
        letter_address=_address_of("letter", row),
        letter_organisation=row["letter_organisation"],
        letter_organisation_name=row["letter_organisation_name"],
    )


def _address_of(prefix: str, row: RowMapping) -> PostalAddress:
    return PostalAddress(
        street=row[f"{prefix}_street"],
        postal_code=row[f"{prefix}_postal_code"],
        post_office=row[f"{prefix}_post_office"],
        country=row[f"{prefix}_country"],
    )


def event_values(order_id: int, seq: int, event: OrderEvent) -> Json:
    return {
        "order_id": order_id,
        "seq": seq,
        "kind": event.kind.value,
        "at": event.at,
        **actor_values(event.actor),
        "state": event.state.value,
        "reason": dict(event.reason),
    }


def _event_of(row: RowMapping) -> OrderEvent:
    return OrderEvent(EventKind(row["kind"]), row["at"], actor_from_row(row), OrderState(row["state"]), row["reason"])


def decision_values(order_id: int, decision: Decision) -> Json:
    return {
        "order_id": order_id,
        "is_current": True,
        "outcome": decision.outcome.value,
        "at": decision.at,
        **actor_values(decision.actor),
        "rules_version": decision.rules_version,
        "findings": findings_to_json(decision.findings),
        "reason": decision.reason,
    }


def decision_of(row: RowMapping) -> Decision:
    return Decision(
        outcome=Outcome(row["outcome"]),
        at=row["at"],
        actor=actor_from_row(row),
        rules_version=row["rules_version"],
        findings=findings_from_json(row["findings"]),
        reason=row["reason"],
    )
