"""One case: the difference first; taking it onto one's desk, handing it over, putting it back. Each thing done is a POST."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.permissions import Permission
from webvartti.web.access import needs
from webvartti.web.sessions import colleague
from webvartti.web.site import now, services
from webvartti.web.staff import staff_blueprint
from webvartti.web.staff_case_page import case_page, looked_at
from webvartti.web.staff_hand_over import HandOverForm
from webvartti.web.staff_refusals import explain_refusals

pages = staff_blueprint("staff_cases", __name__, "/cases")
explain_refusals(pages)


@pages.get("/<number>")
@needs(Permission.CASE_READ)
def page(number: str) -> ResponseReturnValue:
    """Everything about one order. Looking takes no lease; it is audited, and the holder can see it."""
    return case_page(looked_at(number))


@pages.post("/<number>/open")
@needs(Permission.CASE_DECIDE)
def open_case(number: str) -> ResponseReturnValue:
    """Take the case onto one's desk for some minutes."""
    services().review.open(number, colleague(), now())
    return redirect(url_for("staff_cases.page", number=number), 303)


@pages.post("/<number>/release")
@needs(Permission.CASE_DECIDE)
def release(number: str) -> ResponseReturnValue:
    """Put the case back for everybody."""
    services().review.release(number, colleague(), now())
    return redirect(url_for("staff_queue.page"), 303)


@pages.post("/<number>/hand-over")
@needs(Permission.CASE_DECIDE)
def hand_over(number: str) -> ResponseReturnValue:
    """Give the case to a colleague."""
    case = looked_at(number)
    form = HandOverForm.for_order(case.order)
    if not form.validate():
        return case_page(case, form), 422
    services().review.hand_over(number, form.chosen(), colleague(), now())
    return redirect(url_for("staff_cases.page", number=number), 303)
