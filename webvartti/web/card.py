"""Your card: what you hold, until when, what you can do now and why."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from webvartti.domain.calendar import finnish_day
from webvartti.domain.permissions import Permission
from webvartti.web.access import needs
from webvartti.web.findings import as_shown
from webvartti.web.languages import page_blueprint
from webvartti.web.sessions import holder
from webvartti.web.site import now, services
from webvartti.web.words import KINDS

pages = page_blueprint("card", __name__)


@pages.get("/card")
@needs(Permission.CARD_READ)
def page() -> ResponseReturnValue:
    """The first page after signing in."""
    overview = services().renewals.overview(holder(), now())
    person = overview.facts.person
    protected = person is not None and person.non_disclosure
    address = person.home_address if person and not protected else None
    right = overview.facts.right(finnish_day(now()))
    points = () if overview.may_order else services().registers.nearest_points(address.postal_code if address else "")
    return render_template(
        "card/page.html",
        holder=holder(),
        kind=KINDS[holder().kind],
        overview=overview,
        findings=as_shown(overview.findings),
        address=address,
        protected=protected,
        right=right,
        points=points,
    )
