"""A certificate is ambient authority: a POST must come from our own page in the same browser."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, current_app, request

from webvartti.web.sessions import SESSION_COOKIE, START_COOKIE, start_cookie
from webvartti.web.site import site

FIELD = "csrf_token"
_MARK = "webvartti_comes_from"

V = TypeVar("V", bound=Callable[..., object])


def comes_from(origin_name: str) -> Callable[[V], V]:
    """Mark a view of the sign-in hand-over: its POST comes from the other origin (an attribute of Site) and has no token."""

    def mark(view: V) -> V:
        setattr(view, _MARK, origin_name)
        return view

    return mark


def hand_over_origin(app: Flask, endpoint: str) -> str | None:
    """The attribute of Site from which this endpoint's POST comes; None for every ordinary page."""
    return getattr(app.view_functions[endpoint], _MARK, None)


def csrf_token() -> str:
    """Bound to the session, or before sign-in to the start cookie: another browser's token is worthless here."""
    session = request.cookies.get(SESSION_COOKIE, "")
    return _token(f"session:{session}" if session else f"start:{start_cookie()}")


def _token(binding: str) -> str:
    return hmac.digest(site().key, f"csrf\n{binding}".encode(), "sha256").hex()


def _expected() -> str:
    session, start = request.cookies.get(SESSION_COOKIE, ""), request.cookies.get(START_COOKIE, "")
    return _token(f"session:{session}" if session else f"start:{start}") if session or start else ""


def _check() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    other = hand_over_origin(current_app, request.endpoint)
    expected_origin = site().own_origin if other is None else str(getattr(site(), other))
    if request.headers.get("Origin") != expected_origin:
        abort(403)
    if other is None:
        given = request.form.get(FIELD, "")
        if not _expected() or not hmac.compare_digest(given.encode(), _expected().encode()):
            abort(403)


def protect_forms(app: Flask) -> None:
    """Check every POST before its view; give templates ``csrf_token()``."""
    app.before_request(_check)
    app.jinja_env.globals["csrf_token"] = csrf_token
