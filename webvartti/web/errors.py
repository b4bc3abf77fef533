"""Every error becomes a page with the one next step. The cause is logged once, without anything personal."""

from __future__ import annotations

import logging

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webvartti.domain.errors import AdapterUnavailable, AuditUnavailable, NotFound, RegisterUnavailable

log = logging.getLogger(__name__)

_PAGES = {403, 404, 405, 413, 421}


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if 300 <= code < 400:
        return error.get_response()
    page = f"errors/{code}.html" if code in _PAGES else ("errors/400.html" if code < 500 else "errors/500.html")
    return render_template(page, code=code), code


def _not_found(error: NotFound) -> ResponseReturnValue:
    return render_template("errors/404.html", code=404), 404


def _unavailable(error: AdapterUnavailable) -> ResponseReturnValue:
    log.warning("request %s failed: %s: %s", request.endpoint, error.code, error)
    page = "errors/unavailable.html"
    if isinstance(error, AuditUnavailable):
        page = "errors/read_only.html"
    elif isinstance(error, RegisterUnavailable):
        page = "errors/register_unavailable.html"
    g.no_session = True  # the page must not ask what has just failed
    return render_template(page, code=error.code), 503, {"Retry-After": "60"}


def _unexpected(error: Exception) -> ResponseReturnValue:
    # the type and place only: the text of an unexpected exception may hold personal data
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error("request %s failed unexpectedly: %s at %s", request.endpoint, type(error).__name__, where)
    return render_template("errors/500.html", code=500), 500


def show_errors(app: Flask) -> None:
    """Map every exception to its page."""
    app.jinja_env.globals["no_session"] = lambda: "no_session" in g
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(AdapterUnavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)
