"""The renewal: one form, one page to check, and the order."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.eligibility import Severity, worst
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.orders import OrderAlreadyOpen, RenewalBlocked
from webvartti.domain.permissions import Permission
from webvartti.domain.repositories import Draft
from webvartti.services.renewal_requests import (
    HomeAddressUnknown,
    LetterAddressUnknown,
    OrganisationUnknown,
    PlaceOrder,
    Preview,
)
from webvartti.web.access import needs
from webvartti.web.findings import as_shown
from webvartti.web.languages import page_blueprint
from webvartti.web.renewal_form import DraftOutdated, RenewalForm, request_of_draft
from webvartti.web.sessions import holder
from webvartti.web.site import now, services

pages = page_blueprint("renewals", __name__)

_REFUSALS = (RenewalBlocked, OrderAlreadyOpen, HomeAddressUnknown, LetterAddressUnknown, OrganisationUnknown, DraftOutdated)


@pages.get("/renewal")
@needs(Permission.ORDER_PLACE)
def delivery() -> ResponseReturnValue:
    """Where card and letter go, and how the holder is told."""
    overview = services().renewals.overview(holder(), now())
    if not overview.may_order:
        return redirect(url_for("card.page"), 303)
    return render_template("renewals/delivery.html", form=RenewalForm.for_overview(overview), overview=overview)


@pages.post("/renewal")
@needs(Permission.ORDER_PLACE)
def keep_delivery() -> ResponseReturnValue:
    """Keep it as a draft once it is valid."""
    overview = services().renewals.overview(holder(), now())
    if not overview.may_order:
        return redirect(url_for("card.page"), 303)
    form = RenewalForm.for_overview(overview)
    if not form.validate():
        return render_template("renewals/delivery.html", form=form, overview=overview), 422
    services().renewals.keep_draft(holder(), form.fields_to_keep(), now())
    return redirect(url_for("renewals.check"), 303)


@pages.get("/renewal/check")
@needs(Permission.ORDER_PLACE)
def check() -> ResponseReturnValue:
    """What will be ordered, with every answer open to change."""
    overview = services().renewals.overview(holder(), now())
    if not overview.may_order:
        return redirect(url_for("card.page"), 303)
    if overview.draft is None:
        return redirect(url_for("renewals.delivery"), 303)
    return _check_page(overview.draft)


def _check_page(draft: Draft, *, changed: bool = False, key: str = "") -> ResponseReturnValue:
    try:
        preview = services().renewals.preview(request_of_draft(draft.fields), holder(), now())
    except _REFUSALS as refused:
        return _refused(refused)
    page = render_template(
        "renewals/check.html",
        preview=preview,
        findings=as_shown(preview.findings),
        key=key or services().randomness(),
        seen=_seen(draft),
        changed=changed,
        may_send=worst(preview.findings) is not Severity.BLOCKS,
        protected=_protected(preview),
    )
    return page, 409 if changed else 200


def _protected(preview: Preview) -> bool:
    return preview.facts.person is not None and preview.facts.person.non_disclosure


def _seen(draft: Draft) -> str:
    """What this page showed: another tab may have changed the draft since."""
    return sha256(json.dumps(dict(draft.fields), sort_keys=True).encode()).hexdigest()


@pages.post("/renewal/check")
@needs(Permission.ORDER_PLACE)
def send() -> ResponseReturnValue:
    """Place the order that this page showed, once."""
    key = request.form.get("key", "")[:64]
    draft = services().renewals.draft(holder())  # before made_with: the same form may be winning right now
    made = services().renewals.made_with(key, holder()) if key else None
    if made is not None:
        return redirect(url_for("orders.receipt", number=made.number), 303)
    if draft is None or not key:
        return redirect(url_for("card.page"), 303)
    if not hmac.compare_digest(request.form.get("seen", "").encode(), _seen(draft).encode()):
        return _check_page(draft, changed=True, key=key)
    try:
        order = services().renewals.place_order(PlaceOrder(request_of_draft(draft.fields), key), holder(), now())
    except _REFUSALS as refused:
        return _refused(refused)
    return redirect(url_for("orders.receipt", number=order.number), 303)


def _refused(refused: WebVarttiError) -> ResponseReturnValue:
    """Nothing was ordered: back to the page that says why, or to the one where something else can be chosen."""
    if isinstance(refused, OrderAlreadyOpen) and refused.number:
        return redirect(url_for("orders.page", number=refused.number, already="yes"), 303)
    if isinstance(refused, RenewalBlocked | OrderAlreadyOpen):
        return redirect(url_for("card.page"), 303)
    return redirect(url_for("renewals.delivery"), 303)
