"""The draft lane: a form, a page to check what was typed, and the number of the order that is held.

Nothing is kept on the way: what was typed travels in the forms. Nothing that is known of the holder is shown, and whatever
stands in the way of an order leads to one and the same page.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.held_orders import NotTaken
from webvartti.domain.permissions import Permission
from webvartti.services.renewal_requests import PlaceOrder
from webvartti.web.access import needs
from webvartti.web.draft_lane_form import DraftLaneForm
from webvartti.web.languages import page_blueprint
from webvartti.web.sessions import draft_session
from webvartti.web.site import now, services

pages = page_blueprint("draft_lane", __name__)


def _key() -> str:
    """One session makes one order, however often and in however many windows its form is sent."""
    return f"draft-{draft_session().id_hash}"


@pages.get("/draft")
@needs(Permission.ORDER_TYPE_IN)
def delivery() -> ResponseReturnValue:
    """Where the card and the letter go, and how the holder is told."""
    return _form_page(DraftLaneForm.of_draft_lane())


def _form_page(form: DraftLaneForm) -> ResponseReturnValue:
    page = render_template("draft_lane/delivery.html", form=form, ends=draft_session().expires_at)
    return page, 422 if form.errors else 200


@pages.post("/draft")
@needs(Permission.ORDER_TYPE_IN)
def change() -> ResponseReturnValue:
    """Back from the page to check, with what was typed."""
    return _form_page(DraftLaneForm.of_draft_lane())


@pages.post("/draft/check")
@needs(Permission.ORDER_TYPE_IN)
def check() -> ResponseReturnValue:
    """What was typed, and nothing else."""
    form = DraftLaneForm.of_draft_lane()
    if not form.validate():
        return _form_page(form)
    return render_template("draft_lane/check.html", form=form, typed=form.typed(), address=form.typed_address())


@pages.post("/draft/send")
@needs(Permission.ORDER_TYPE_IN)
def send() -> ResponseReturnValue:
    """Place the order on hold, once."""
    form = DraftLaneForm.of_draft_lane()
    if not form.validate():
        return _form_page(form)
    try:
        services().held_orders.place(PlaceOrder(form.request(), _key()), draft_session().holder, now())
    except NotTaken:
        return redirect(url_for("draft_lane.not_taken"), 303)
    return redirect(url_for("draft_lane.sent"), 303)


@pages.get("/draft/sent")
@needs(Permission.ORDER_TYPE_IN)
def sent() -> ResponseReturnValue:
    """The number of the order that this session made, why it is held, and what happens next."""
    order = services().held_orders.made_with(_key(), draft_session().holder)
    if order is None:
        return redirect(url_for("draft_lane.delivery"), 303)
    return render_template("draft_lane/sent.html", number=order.number)


@pages.get("/draft/not-taken")
@needs(Permission.ORDER_TYPE_IN)
def not_taken() -> ResponseReturnValue:
    """The same for everybody and every reason."""
    return render_template("draft_lane/not_taken.html")
