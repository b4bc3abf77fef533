"""Every POST is counted; who sent too many reads when to come back. GETs change nothing and aren't counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from webvartti.domain.limits import Client, LimitReached, Purpose
from webvartti.domain.permissions import Role
from webvartti.web.client_address import client_address
from webvartti.web.security_log import report
from webvartti.web.sessions import START_COOKIE, holder, role
from webvartti.web.site import now, services

_MARK = "webvartti_counts_as"

V = TypeVar("V", bound=Callable[..., object])


def counts_as(purpose: Purpose | None) -> Callable[[V], V]:
    """Mark a view whose use case counts the attempt in its own transaction; None where it must always work."""

    def mark(view: V) -> V:
        setattr(view, _MARK, purpose)
        return view

    return mark


def counted_as(app: Flask, endpoint: str) -> Purpose | None:
    """What a POST to this endpoint counts as: a form, where its view isn't marked otherwise."""
    found = getattr(app.view_functions[endpoint], _MARK, Purpose.FORM)
    return None if found is None else Purpose(found)


def client() -> Client:
    """Who sends this request: the card of the session, or before signing in the browser by its start cookie."""
    if role() is not Role.VISITOR:
        return Client(client_address(), card=holder().card)
    return Client(client_address(), browser=request.cookies.get(START_COOKIE, ""))


def _count_forms() -> None:
    if request.method != "POST" or request.endpoint is None:
        return
    if counted_as(current_app, request.endpoint) is Purpose.FORM:
        services().limiter.count(Purpose.FORM, client(), now())


def _limited(reached: LimitReached) -> ResponseReturnValue:
    report(f"limited: {reached.purpose}")
    seconds = max(1, math.ceil((reached.again - now()).total_seconds()))
    signing_in = reached.purpose not in (Purpose.FORM, Purpose.FEEDBACK, Purpose.CARD_CHECK)
    g.no_session = True  # as every error page
    page = render_template(
        "errors/limited.html", again=reached.again, seconds=seconds, signing_in=signing_in, code=reached.code
    )
    return page, 429, {"Retry-After": str(seconds)}


def limit_attempts(app: Flask) -> None:
    """After access has been checked: only what would be done is counted here."""
    app.before_request(_count_forms)
    app.register_error_handler(LimitReached, _limited)
