"""The public host's part of signing in: starting with a cookie, finishing with a ticket, and signing out."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.limits import Purpose
from webvartti.domain.measures import ACCEPTED, DRAFT_LANE, NO_TICKET
from webvartti.domain.permissions import Permission
from webvartti.domain.sessions import SessionKind, TicketNotValid
from webvartti.web.access import needs
from webvartti.web.attempts import signed_attempt
from webvartti.web.client_address import client_address
from webvartti.web.csrf import comes_from
from webvartti.web.error_page import error_page
from webvartti.web.headers import allow_form_to
from webvartti.web.languages import language, page_blueprint
from webvartti.web.limits import counts_as
from webvartti.web.request_log import meter
from webvartti.web.sessions import (
    SESSION_COOKIE,
    START_COOKIE,
    expire_cookie,
    set_secret_cookie,
    start_cookie,
)
from webvartti.web.site import now, services, site

pages = page_blueprint("sign_in", __name__)


def sign_in_form() -> dict[str, str]:
    """What the template needs for the form to the card host; lets the page's CSP send it there."""
    allow_form_to(site().card_origin)
    attempt = signed_attempt(start_cookie(), language(), now())
    return {"action": f"{site().card_origin}/sign-in", "attempt": attempt}


@pages.get("/sign-in")
@needs(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Where everybody comes who must sign in first."""
    return render_template("sign_in/page.html", form=sign_in_form(), ended=request.args.get("ended") == "yes")


@pages.post("/sign-in/finish")
@needs(Permission.PUBLIC)
@comes_from("card_origin")
@counts_as(Purpose.TICKET)
def finish() -> ResponseReturnValue:
    """Burn the ticket and start a session; the browser must be the one that started."""
    ticket, cookie = request.form.get("ticket", ""), request.cookies.get(START_COOKIE, "")
    old = request.cookies.get(SESSION_COOKIE, "")
    try:
        session_id, session = services().sign_in.finish(ticket, cookie, old, now(), client_address())
    except TicketNotValid:
        meter().sign_in_ended(NO_TICKET)
        return error_page("ticket-not-valid", 403, sign_in=True)
    in_draft_lane = session.kind is SessionKind.DRAFT
    meter().sign_in_ended(DRAFT_LANE if in_draft_lane else ACCEPTED)
    first_page = "draft_lane.delivery" if in_draft_lane else "card.page"
    response = make_response(redirect(url_for(first_page), 303))
    set_secret_cookie(response, SESSION_COOKIE, session_id, strict=False)
    expire_cookie(response, START_COOKIE)
    return response


@pages.post("/sign-out")
@needs(Permission.SESSION_END)
@counts_as(None)
def sign_out() -> ResponseReturnValue:
    """End the session here and in the browser."""
    services().sign_in.sign_out(request.cookies[SESSION_COOKIE], now())
    response: Response = make_response(redirect(url_for("sign_in.signed_out"), 303))
    expire_cookie(response, SESSION_COOKIE)
    # not "cookies": on a subdomain that would wipe the cookies of the parent's other services
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.get("/signed-out")
@needs(Permission.PUBLIC)
def signed_out() -> ResponseReturnValue:
    """Tells that the browser must be closed too: the server can't see that a card was pulled."""
    return render_template("sign_in/signed_out.html")
