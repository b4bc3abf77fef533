"""Every error becomes a page with the one next step. The cause is logged once, without anything personal."""

from __future__ import annotations

import logging

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webvartti.domain.errors import AdapterUnavailable, CommitUnknown, NotFound
from webvartti.web.error_page import error_page

log = logging.getLogger(__name__)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    return error.get_response() if 300 <= code < 400 else error_page(str(code), code)


def _not_found(error: NotFound) -> ResponseReturnValue:
    return error_page("404", 404)


def _unavailable(error: AdapterUnavailable) -> ResponseReturnValue:
    log.warning("request %s failed: %s: %s", request.endpoint, error.code, error)
    return *error_page(error.code, 503, my_orders=isinstance(error, CommitUnknown)), {"Retry-After": "60"}


def _unexpected(error: Exception) -> ResponseReturnValue:
    # the type and place only: the text of an unexpected exception may hold personal data
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error("request %s failed unexpectedly: %s at %s", request.endpoint, type(error).__name__, where)
    return error_page("500", 500)


def show_errors(app: Flask) -> None:
    """Map every exception to its page."""
    app.jinja_env.globals["no_session"] = lambda: "no_session" in g
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(AdapterUnavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)
