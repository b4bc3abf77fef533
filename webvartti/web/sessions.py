"""The signed-in holder: Flask-Login over server-side sessions of our own. Flask's own cookie session is switched off."""

from __future__ import annotations

from flask import Flask, Request, Response, g, redirect, request, url_for
from flask.sessions import NullSession, SessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from webvartti.domain.holders import CardHolder
from webvartti.domain.permissions import Role
from webvartti.domain.sessions import Session, SessionKind
from webvartti.domain.staff import Colleague
from webvartti.services.sign_in import Living
from webvartti.web.error_page import error_page
from webvartti.web.site import now, services

SESSION_COOKIE = "__Host-session"
START_COOKIE = "__Host-start"


_ROLES = {SessionKind.FULL: Role.HOLDER, SessionKind.DRAFT: Role.DRAFT_HOLDER}


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A living session as Flask-Login wants to see it."""

    def __init__(self, living: Living) -> None:
        self.session = living.session
        self.staff_roles = living.staff_roles
        self.id = living.session.id_hash


class NoCookieSession(SessionInterface):
    """Nothing is ever kept in Flask's signed cookie."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """A session that refuses to be written to."""
        return NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


def _load(incoming: Request) -> SignedIn | None:
    cookie = incoming.cookies.get(SESSION_COOKIE, "")
    living = services().sign_in.load(cookie, now()) if cookie else None
    return None if living is None else SignedIn(living)


def holder() -> CardHolder:
    """Who is signed in. Only views that need more than PUBLIC may ask."""
    found = current_user.session.holder
    assert isinstance(found, CardHolder)  # noqa: S101 - tells the type checker what SignedIn holds
    return found


def draft_session() -> Session:
    """The session of the draft lane. Only views that need ORDER_TYPE_IN may ask."""
    found = current_user.session
    assert isinstance(found, Session)  # noqa: S101 - tells the type checker what SignedIn holds
    return found


def role() -> Role:
    """What this visitor is."""
    return _ROLES[current_user.session.kind] if current_user.is_authenticated else Role.VISITOR


def roles() -> frozenset[Role]:
    """All that this visitor is: a holder may be one of the staff, which is asked of the database anew at each request."""
    mine = role()
    return frozenset({mine, *current_user.staff_roles}) if mine is Role.HOLDER else frozenset({mine})


def colleague() -> Colleague:
    """The member of the staff who is signed in. Only views that need a permission of the staff may ask."""
    return Colleague(holder().person, holder().name)


def _sign_in_first() -> ResponseReturnValue:
    """Reading goes to the sign-in page; a form that was sent after the session's end is not stored, and says so."""
    ended = bool(request.cookies.get(SESSION_COOKIE))
    if request.method == "GET":
        return redirect(url_for("sign_in.page", ended="yes" if ended else None), 303)
    return error_page("session-ended", 403, sign_in=True)


def set_secret_cookie(response: Response, name: str, value: str, *, strict: bool) -> None:
    """A ``__Host-`` cookie: this host only, https only, not for scripts, gone with the browser."""
    response.set_cookie(name, value, secure=True, httponly=True, samesite="Strict" if strict else "Lax", path="/")


def expire_cookie(response: Response, name: str) -> None:
    """Take a cookie of ours back."""
    response.set_cookie(name, "", secure=True, httponly=True, samesite="Lax", path="/", max_age=0)


def start_cookie() -> str:
    """The random value that binds a visitor's forms and sign-in attempts to this browser; a new one where there is none."""
    value = g.get("start_cookie") or request.cookies.get(START_COOKIE, "")
    if not (32 <= len(value) <= 64):
        value = services().randomness()
        g.start_cookie = value
    return str(value)


def _keep_start_cookie(response: Response) -> Response:
    if "start_cookie" in g:
        set_secret_cookie(response, START_COOKIE, g.start_cookie, strict=True)
    return response


def keep_sessions(app: Flask) -> None:
    """Give the application its sign-in state."""
    app.session_interface = NoCookieSession()
    manager = LoginManager()
    manager.session_protection = None  # nothing of the session is in the browser but a random id
    manager.request_loader(_load)
    manager.unauthorized_handler(_sign_in_first)
    # its context processor would load the session for every page, the one that says "no database" included
    manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals.update(current_user=current_user, role=role)
    app.after_request(_keep_start_cookie)
