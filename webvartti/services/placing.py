"""What is written beside an order in its own transaction: messages to the holder, and the audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from webvartti.domain.audit import AuditEntry
from webvartti.domain.decisions import Decision, Outcome, RejectionReason
from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.orders import Order, actor_of
from webvartti.domain.repositories import UnitOfWork
from webvartti.domain.review_repositories import DecisionInput
from webvartti.services.notices import message_values


def tell(unit: UnitOfWork, kind: MessageKind, order: Order, public_origin: str, now: datetime) -> None:
    """One message about the order to the address given in it."""
    values = message_values(order, public_origin)
    unit.outbox.add(Message(kind, order.contact.email, order.contact.language, values), now)


def warn_earlier_contact(unit: UnitOfWork, order: Order, public_origin: str, now: datetime) -> None:
    """Tell the address known before that another one was given; it may be somebody else who did."""
    earlier = unit.contacts.get(order.person)
    if earlier is not None and earlier.email != order.contact.email:
        values = message_values(order, public_origin)
        unit.outbox.add(Message(MessageKind.CONTACT_CHANGED, earlier.email, earlier.language, values), now)


def keep_inputs(unit: UnitOfWork, order: Order, facts: RenewalFacts, policy: RenewalPolicy, now: datetime) -> None:
    """What the rules saw: for the person who looks, and for rules to come. Never an address that must not be disclosed."""
    if facts.person is not None and facts.person.non_disclosure:
        facts = replace(facts, person=replace(facts.person, home_address=None), address=None)
    unit.decision_inputs.put(DecisionInput(order.number, now, facts, policy))


def audit_placed(unit: UnitOfWork, order: Order, now: datetime) -> None:
    """Which card ordered, and which CRL was asked about it."""
    actor = actor_of(order.person)
    detail = {
        "card_serial": order.card.serial,
        "issuer_key": order.card.issuer_key,
        "fingerprint": order.fingerprint,
        "crl_number": str(order.revocation.crl_number),
        "state": order.state,
        "findings": " ".join(finding.code for finding in order.findings),
    }
    unit.audit.add(AuditEntry(now, actor, "order.placed", actor.name, order.number, detail))


def audit_decided(unit: UnitOfWork, order: Order, now: datetime) -> None:
    """Who or what decided, where the order is decided."""
    decision = order.decision
    if decision is None:
        return
    detail = {"outcome": decision.outcome, "rules": decision.rules_version}
    if decision.reason:
        detail["reason"] = decision.reason
    unit.audit.add(AuditEntry(now, decision.actor, "order.decided", actor_of(order.person).name, order.number, detail))


def message_of_decision(decision: Decision | None) -> MessageKind:
    """A holder whose card isn't valid can't sign in to read the reason, so that message tells the next step by itself."""
    if decision is None or decision.outcome is Outcome.APPROVED:
        return MessageKind.ORDER_APPROVED
    stopped = decision.reason == RejectionReason.CARD_NOT_CONFIRMED
    return MessageKind.ORDER_STOPPED if stopped else MessageKind.ORDER_REJECTED
