"""Does my card work? Before signing in: the reader software, the certificate, the clock and TLS, each with its own answer."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.card_checks import NoSuchCheck, TooManyChecks, browser_mark, read_support_code
from webvartti.domain.limits import Purpose
from webvartti.domain.permissions import Permission
from webvartti.domain.reader_software import LONGEST_ANSWER, SCS_ORIGIN
from webvartti.domain.sessions import secret_hash
from webvartti.services.card_checks import BrowserReport
from webvartti.web.access import needs
from webvartti.web.attempts import signed_check
from webvartti.web.card_check_words import CLOCK, SOFTWARE, TLS, certificate_words, clock_difference
from webvartti.web.error_page import error_page
from webvartti.web.headers import allow_connection_to, allow_form_to
from webvartti.web.languages import language, page_blueprint
from webvartti.web.limits import client, counts_as
from webvartti.web.proxy import tls_version
from webvartti.web.sessions import START_COOKIE, start_cookie
from webvartti.web.site import now, services, site
from webvartti.web.words import KINDS

pages = page_blueprint("card_check", __name__)


@pages.get("/card-check")
@needs(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """What is looked at, and how to look by oneself. The one page whose scripts may ask this computer's reader software.

    A support code that somebody typed leads to its answers.
    """
    if request.args.get("code"):
        return _look_up(request.args["code"])
    allow_connection_to(SCS_ORIGIN)
    return render_template("card_check/page.html", scs=f"{SCS_ORIGIN}/version", longest=LONGEST_ANSWER)


def _look_up(typed: str) -> ResponseReturnValue:
    try:
        return redirect(url_for("card_check.answers", code=read_support_code(typed)), 303)
    except NoSuchCheck as problem:
        return error_page(problem.code, 404)


@pages.post("/card-check")
@needs(Permission.PUBLIC)
@counts_as(Purpose.CARD_CHECK)
def begin() -> ResponseReturnValue:
    """Judge what the browser found out; without scripts it brings nothing, and the page says how to look by oneself."""
    fields = request.form
    told = BrowserReport(fields.get("asked", ""), fields.get("answer", ""), fields.get("clock", ""), tls_version())
    try:
        check = services().card_checks.begin(told, secret_hash(start_cookie()), now(), client())
    except TooManyChecks as problem:
        return *error_page(problem.code, 429), {"Retry-After": "3600"}
    return redirect(url_for("card_check.answers", code=check.code), 303)


@pages.get("/card-check/<code>")
@needs(Permission.PUBLIC)
def answers(code: str) -> ResponseReturnValue:
    """The answers under a support code. They name nobody, so the help desk looks at this page too.

    A certificate can be tried where the check was begun alone: who gave the code to somebody else would see that one's card.
    """
    try:
        check = services().card_checks.find(code, now())
    except NoSuchCheck as problem:
        return error_page(problem.code, 404)
    cookie_hash = secret_hash(request.cookies.get(START_COOKIE, ""))
    form = None
    if check.browser == browser_mark(check.code, cookie_hash):
        allow_form_to(site().card_origin)
        form = {
            "action": f"{site().card_origin}/card-check",
            "attempt": signed_check(cookie_hash, language(), check.code, now()),
        }
    return render_template(
        "card_check/answers.html",
        check=check,
        software=SOFTWARE[check.software],
        clock=CLOCK[check.clock],
        difference=clock_difference(check),
        tls=TLS[check.tls],
        certificate=certificate_words(check.certificate, check.kind),
        kinds=KINDS,
        form=form,
    )
