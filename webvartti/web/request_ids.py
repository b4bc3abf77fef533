"""A number for each request: in its log lines, in its answer, and on an error page for whoever calls the help desk."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, has_request_context, request

from webvartti.web.proxy import peer_is_proxy

_WELL_FORMED = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""As nginx ($request_id) and HAProxy (uuid) write them; both put theirs in the place of whatever a client sent."""


def request_id() -> str:
    """The proxy's, so that its log and ours tell of one request; a fresh one where there is no proxy, or it sent none."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        taken = _WELL_FORMED.fullmatch(given) and peer_is_proxy()
        g.request_id = given if taken else secrets.token_hex(16)  # a name for a line of a log, which no rule rests on
    return str(g.request_id)


def current_request_id() -> str:
    """The same, for log lines; empty outside of any request."""
    return request_id() if has_request_context() else ""


def _send(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response


def number_requests(app: Flask) -> None:
    """On every response and, as ``request_id()``, in every template."""
    app.jinja_env.globals["request_id"] = request_id
    app.after_request(_send)
