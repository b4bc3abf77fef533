"""The pages for everybody: what this is, where the registration points are, and the statements that the law asks for."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.limits import Purpose
from webvartti.domain.messages import Feedback
from webvartti.domain.permissions import Permission, Role
from webvartti.services.feedback import FeedbackFull
from webvartti.web.access import needs
from webvartti.web.error_page import error_page
from webvartti.web.forms import FeedbackForm
from webvartti.web.languages import language, page_blueprint
from webvartti.web.limits import client, counts_as
from webvartti.web.looks import looks_at
from webvartti.web.sessions import holder, role
from webvartti.web.sign_in import sign_in_form
from webvartti.web.site import now, services

front = Blueprint("front", __name__)
pages = page_blueprint("home", __name__)


@front.get("/")
@needs(Permission.PUBLIC)
def choose_language() -> ResponseReturnValue:
    """The bare address leads to the remembered language, or to the browser's."""
    return redirect(url_for("home.landing", language=language()), 303)


@pages.get("/")
@needs(Permission.PUBLIC)
def landing() -> ResponseReturnValue:
    """What this is, for whom, what you need; sign in."""
    return render_template("home/landing.html", form=sign_in_form())


@pages.get("/registration-points")
@needs(Permission.PUBLIC)
def registration_points() -> ResponseReturnValue:
    """All of them by county, or the nearest to a postal code."""
    postal_code = request.args.get("postal_code", "").strip()
    wrong = bool(postal_code) and not (postal_code.isascii() and postal_code.isdigit() and len(postal_code) == 5)
    nearest = services().registers.nearest_points(postal_code) if postal_code and not wrong else ()
    points = () if nearest else services().registers.points()
    return render_template(
        "home/registration_points.html", points=points, nearest=nearest, postal_code=postal_code, wrong=wrong
    ), (422 if wrong else 200)


@pages.get("/accessibility")
@needs(Permission.PUBLIC)
def accessibility() -> ResponseReturnValue:
    """The accessibility statement (306/2019)."""
    return render_template("home/accessibility.html")


@pages.get("/privacy")
@needs(Permission.PUBLIC)
def privacy() -> ResponseReturnValue:
    """What is kept, why, how long; for a signed-in holder also who has looked."""
    looks = looks_at(holder().person) if role() is Role.HOLDER else ()
    return render_template("home/privacy.html", looks=looks)


@pages.get("/feedback")
@needs(Permission.PUBLIC)
def feedback() -> ResponseReturnValue:
    """The form."""
    return render_template("home/feedback.html", form=FeedbackForm.of_request())


@pages.post("/feedback")
@needs(Permission.PUBLIC)
@counts_as(Purpose.FEEDBACK)
def leave_feedback() -> ResponseReturnValue:
    """Keep it for the operators."""
    form = FeedbackForm.of_request()
    if not form.validate():
        return render_template("home/feedback.html", form=form), 422
    text, reply_to = form.text.data or "", form.reply_to.data or ""
    try:
        services().feedback.leave(Feedback(now(), language(), request.path, text, reply_to), client())
    except FeedbackFull as full:
        return *error_page(full.code, 429), {"Retry-After": "3600"}
    return redirect(url_for("home.feedback_thanks"), 303)


@pages.get("/feedback/thanks")
@needs(Permission.PUBLIC)
def feedback_thanks() -> ResponseReturnValue:
    """It was received."""
    return render_template("home/feedback_thanks.html")
