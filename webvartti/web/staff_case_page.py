"""What the page of a case shows, and which forms it offers to whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import render_template, request

from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.differences import Difference, Part, Source, Subject, differences, parts
from webvartti.domain.eligibility import Finding
from webvartti.domain.events import TRANSITIONS, UNDECIDED, ActorKind, EventKind, OrderEvent
from webvartti.domain.orders import Order
from webvartti.domain.permissions import STAFF_ROLES, Permission, allowed
from webvartti.domain.products import CardKind
from webvartti.domain.queue import place
from webvartti.domain.review import DecisionStatus, Intent, OwnOrder, demand_other_person, matters_of
from webvartti.domain.staff import Colleague
from webvartti.domain.wording import REJECTIONS
from webvartti.services.review import Case
from webvartti.web import staff_words
from webvartti.web.languages import day, gettext
from webvartti.web.sessions import colleague, roles
from webvartti.web.site import now, services
from webvartti.web.staff import may
from webvartti.web.staff_hand_over import HandOverForm
from webvartti.web.staff_just_decided import just_decided
from webvartti.web.staff_queue import place_in_words
from webvartti.web.words import KINDS

_DAYS = frozenset({Subject.RIGHT_ENDS, Subject.CARD_ENDS})
_ADDRESS_VALUES = frozenset({"organisation", "country", "parts"})
"""Values of findings that tell of where somebody lives or works."""


def looked_at(number: str) -> Case:
    """The case; the look is audited with the role that allows it, and the holder can see it. Raises NotFound."""
    role = next(each for each in STAFF_ROLES if each in roles() and allowed((each,), Permission.CASE_READ))
    return services().review.case(number, colleague(), role, now())


def seen_version() -> int:
    """The version of the order that the form was made for; 0 where it tells none."""
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


@dataclass(frozen=True, slots=True)
class Doable:
    """What this reader may do with this case now. ``override`` is an approval against a blocking finding."""

    own: bool
    open_elsewhere: Colleague | None
    opened: bool
    decide: bool
    approve: bool
    ask: bool
    second: bool
    undo: bool
    override: bool
    approval_needs_second: bool


def doable(case: Case) -> Doable:
    """Decided here for the page; asked again by the use case for every form that is sent."""
    order, pending, who = case.order, case.pending, colleague()
    own = _is_own(order, who)
    elsewhere = case.work.open_elsewhere(who, now())
    decides = may(Permission.CASE_DECIDE) and not own
    open_here = decides and elsewhere is None and pending is None and order.state in UNDECIDED
    awaits = pending is not None and pending.status is DecisionStatus.AWAITS_SECOND
    lease = case.work.lease_until
    return Doable(
        own=own,
        open_elsewhere=elsewhere,
        opened=case.work.opened_by is not None and elsewhere is None and lease is not None and lease > now(),
        decide=open_here,
        approve=open_here and (order.state, EventKind.APPROVED) in TRANSITIONS,
        ask=open_here and (order.state, EventKind.INFORMATION_REQUESTED) in TRANSITIONS,
        second=decides and awaits and pending is not None and pending.by.person != who.person,
        undo=may(Permission.CASE_DECIDE) and pending is not None and pending.can_be_undone_by(who, now()),
        override=any(finding.severity == "blocks" for finding in order.findings),
        approval_needs_second=bool(matters_of(order, Intent(Outcome.APPROVED), services().review.four_eyes)),
    )


def _is_own(order: Order, who: Colleague) -> bool:
    try:
        demand_other_person(order, who)
    except OwnOrder:
        return True
    return False


def case_page(case: Case, hand_over: HandOverForm | None = None) -> str:
    """The whole page."""
    order = case.order
    shown = services().orders.address_may_be_shown(order.person)
    found = differences(order, case.facts, addresses_shown=shown) if case.facts else ()
    can = doable(case)
    return render_template(
        "staff/case.html",
        case=case,
        order=order,
        can=can,
        addresses_shown=shown,
        place=place_in_words(place(order, now())) if order.state in UNDECIDED else "",
        differences=[(staff_words.SUBJECTS[each.subject], _cells(each)) for each in found],
        findings=[(each, _values(each, addresses_shown=shown)) for each in order.findings],
        letters=[(each, each.text if shown else _without(each.text, order)) for each in case.letters],
        history=history(case),
        decided=just_decided(),
        hand_over=(hand_over or HandOverForm.for_order(order)) if can.decide else None,
        words=staff_words,
        kinds=KINDS,
        rejections=REJECTIONS,
        may_decide=may(Permission.CASE_DECIDE),
    )


def _cells(each: Difference) -> list[tuple[Part, ...] | None]:
    """One cell for each source, None where it has nothing to say."""
    texts = {source: _written(each.subject, value) for source, value in each.values.items()}
    return [
        parts(texts[source], [text for other, text in texts.items() if other is not source]) if source in texts else None
        for source in Source
    ]


def _written(subject: Subject, value: str) -> str:
    if not value:
        return ""
    if subject in _DAYS:
        return day(value)
    if subject is Subject.CARD_KIND:
        return gettext(KINDS[CardKind(value)])
    if subject is Subject.PHOTO:
        return gettext("with photo") if value == "yes" else gettext("without photo")
    return value


def _values(finding: Finding, *, addresses_shown: bool) -> list[tuple[str, str]]:
    return [
        (gettext(staff_words.VALUES[name]) if name in staff_words.VALUES else name, value)
        for name, value in finding.values.items()
        if addresses_shown or name not in _ADDRESS_VALUES
    ]


def _without(text: str, order: Order) -> str:
    """What a holder wrote, without the addresses of the order: they may have repeated what is protected now."""
    delivery = order.delivery
    for address in (delivery.card_address, delivery.letter_address):
        for part in (address.street, address.postal_code):
            if part.strip():
                text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return text


def _names(case: Case) -> Mapping[str, str]:
    """The names of colleagues by how events call them: those of today, and those who took part."""
    members = (member.colleague for member in services().staff.list().members)
    took_part: Iterable[Colleague | None] = (
        *(who for decision in case.decisions for who in (decision.by, decision.second)),
        *(letter.author for letter in case.letters),
    )
    return {who.actor.name: who.name for who in (*took_part, *members) if who is not None}


def history(case: Case) -> list[tuple[OrderEvent, str, str]]:
    """Everything that happened to the order, oldest first: the event, by whom, and what it carries."""
    names = _names(case)
    return [_happened(event, names) for event in case.order.events]


def _happened(event: OrderEvent, names: Mapping[str, str]) -> tuple[OrderEvent, str, str]:
    by = {
        ActorKind.HOLDER: gettext("the holder"),
        ActorKind.STAFF: names.get(event.actor.name, gettext("a former colleague")),
        ActorKind.OPERATOR: event.actor.name,
        ActorKind.SYSTEM: gettext("the service by itself"),
    }
    told = [gettext(staff_words.OUTCOMES[Outcome(event.reason["outcome"])])] if "outcome" in event.reason else []
    if event.reason.get("reason") in set(RejectionReason):
        told.append(gettext(REJECTIONS[RejectionReason(event.reason["reason"])]))
    return event, by[event.actor.kind], ". ".join(told)
