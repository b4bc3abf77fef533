"""The review queue and the search."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.errors import NotFound
from webvartti.domain.events import OrderState
from webvartti.domain.permissions import Permission
from webvartti.domain.queue import CaseWork, Place, QueueCase
from webvartti.domain.review import DecisionStatus, ReviewDecision
from webvartti.services.review import QueuePage
from webvartti.web.access import needs
from webvartti.web.languages import clock_time, gettext, second_time
from webvartti.web.sessions import colleague
from webvartti.web.site import now, services, site
from webvartti.web.staff import may, staff_blueprint
from webvartti.web.staff_just_decided import just_decided
from webvartti.web.staff_queue_form import QueueForm
from webvartti.web.staff_words import OUTCOMES, PLACES, STAFF_FINDINGS, STAFF_STATES

pages = staff_blueprint("staff_queue", __name__, "")

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue in words."""

    number: str
    name: str
    profession: str
    reason: str
    harmed: bool
    state: str
    findings: tuple[str, ...]
    desk: tuple[str, ...]


@pages.get("/")
@needs(Permission.QUEUE_READ)
def page() -> ResponseReturnValue:
    """A page of the queue: by harm, with the reason for each place."""
    form = QueueForm(request.args)
    valid = form.validate()
    found, moved = _cases(form) if valid else (None, False)
    values = form.in_address()
    shown = render_template(
        "staff/queue.html",
        form=form,
        rows=[_row(case) for case in found.cases] if found else [],
        counts=[(STAFF_STATES[OrderState(state)], count) for state, count in _counts(found)],
        awaiting=found.counts.awaits_second if found else 0,
        following=url_for("staff_queue.page", **values, after=found.after) if found and found.after else "",
        address=f"{site().public_origin}{url_for('staff_queue.page', **values)}",
        filtered=bool(values),
        moved=moved,
        nothing_free=request.args.get("nothing") == "free",
        decided=just_decided(),
        may_decide=may(Permission.CASE_DECIDE),
    )
    return shown, 200 if valid else 422


def _cases(form: QueueForm) -> tuple[QueuePage, bool]:
    """The page, and whether it is the first one because the case before this page has left the queue."""
    wanted, after = form.wanted(colleague(), now()), request.args.get("after", "")
    try:
        return services().review.queue(wanted, colleague(), now(), after=after), False
    except NotFound:
        return services().review.queue(wanted, colleague(), now()), True


def _counts(found: QueuePage | None) -> list[tuple[str, int]]:
    by_state = found.counts.by_state if found else {}
    return [(state, by_state[state]) for state in STAFF_STATES if state in by_state]


def _row(case: QueueCase) -> Row:
    order = case.order
    return Row(
        number=order.number,
        name=order.recipient,
        profession=order.product.profession,
        reason=place_in_words(case.place),
        harmed=case.place.reason == "without-card",
        state=gettext(STAFF_STATES[order.state]),
        findings=tuple(gettext(STAFF_FINDINGS[finding.code]) for finding in order.findings),
        desk=tuple(_desk(case.work, case.decision, own=order.person == colleague().person)),
    )


def place_in_words(place: Place) -> str:
    """Why a case stands where it stands."""
    return gettext(PLACES[place.reason][min(place.days, 2)], days=place.days)


def _desk(work: CaseWork, decision: ReviewDecision | None, *, own: bool) -> list[str]:
    found = [gettext("Your own order")] if own else []
    if decision is not None and decision.status is DecisionStatus.AWAITS_SECOND:
        outcome = gettext(OUTCOMES[decision.outcome])
        found.append(gettext("Awaits a second pair of eyes (%(name)s: %(outcome)s)", name=decision.by.name, outcome=outcome))
    elif decision is not None and decision.takes_effect_at is not None:
        at = second_time(decision.takes_effect_at)
        found.append(gettext("Decided by %(name)s, takes effect at %(time)s", name=decision.by.name, time=at))
    if work.opened_by is not None and work.lease_until is not None and work.lease_until > now():
        until = clock_time(work.lease_until)
        found.append(gettext("Open: %(name)s, until %(time)s", name=work.opened_by.name, time=until))
    if work.assignee is not None:
        found.append(gettext("Assigned to %(name)s", name=work.assignee.name))
    return found


@pages.post("/next")
@needs(Permission.CASE_DECIDE)
def take_next() -> ResponseReturnValue:
    """Take the first case that is free."""
    number = services().review.open_next(colleague(), now())
    if number is None:
        return redirect(url_for("staff_queue.page", nothing="free"), 303)
    return redirect(url_for("staff_cases.page", number=number), 303)


@pages.get("/search")
@needs(Permission.CASE_READ)
def search() -> ResponseReturnValue:
    """Any order, open or not, by number, registration number or name."""
    text = request.args.get("q", "").strip()[:100]
    found = services().review.find(text, colleague(), now(), MOST_FOUND + 1) if text else ()
    return render_template(
        "staff/search.html", text=text, found=found[:MOST_FOUND], more=len(found) > MOST_FOUND, states=STAFF_STATES
    )
