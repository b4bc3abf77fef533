"""Default deny: a view names the permission that it needs, or it is never reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, abort, current_app, request
from flask.typing import ResponseReturnValue

from webvartti.domain.permissions import Permission, Role, allowed
from webvartti.web.error_page import error_page
from webvartti.web.sessions import role, roles

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)

_MARK = "webvartti_permission"


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view with the permission that its visitor must have."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _MARK, permission)
        return view

    return mark


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The permission that a route's view was marked with; None refuses everybody."""
    if endpoint == "static":
        return Permission.PUBLIC
    return getattr(app.view_functions[endpoint], _MARK, None)


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such page: everybody may learn that
    permission = permission_of(current_app, request.endpoint)
    if permission is None:
        abort(403)
    if permission is Permission.PUBLIC:
        return None  # without a look at who asks, which would ask the database
    if allowed(roles(), permission):
        return None
    if role() is Role.VISITOR:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]  # set by Flask-Login
    if role() is Role.DRAFT_HOLDER:
        return error_page("draft-session", 403, sign_in=True)
    return abort(403)


def deny_by_default(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)
