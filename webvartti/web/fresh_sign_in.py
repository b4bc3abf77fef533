"""What matters most needs a sign-in of the last minutes: whoever finds an open session can't grant themselves a role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask.typing import ResponseReturnValue
from flask_login import current_user

from webvartti.web.error_page import error_page
from webvartti.web.site import now

P = ParamSpec("P")


def signed_in_lately() -> bool:
    """True where the card was shown in the last minutes (see ``domain.sessions.FRESH_FOR``)."""
    return bool(current_user.session.is_fresh(now()))


def needs_fresh_sign_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Put below ``@needs``: an older session gets a page that asks to sign in again, and nothing is done."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if signed_in_lately() else error_page("sign-in-too-old", 403, sign_in=True)

    return checked
