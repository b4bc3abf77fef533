"""What every response says to the browser."""

from __future__ import annotations

from flask import Flask, Response, g, request

from webvartti.web.site import CARD, site

_STRICT = "max-age=63072000"
"""Two years (RFC 6797; Mozilla's Server Side TLS). Not of subdomains: other services may live below the same name."""


def allow_form_to(origin: str) -> None:
    """Let a form of this page go to another origin: those of the hand-over, and of a check whose certificate is tried."""
    g.form_to = origin


def allow_connection_to(origin: str) -> None:
    """Let the scripts of this page ask another origin: only the page that looks for the reader software needs it."""
    g.connect_to = origin


def _policy() -> str:
    own = site()
    assets = own.public_origin if own.listener == CARD else "'self'"
    forms = " ".join(["'self'", *([g.form_to] if "form_to" in g else [])])
    connections = f"connect-src {g.connect_to}; " if "connect_to" in g else ""
    return (
        f"default-src 'none'; style-src {assets}; script-src {assets}; img-src {assets}; font-src 'none'; {connections}"
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )


def _protect(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _policy()
    headers["X-Content-Type-Options"] = "nosniff"
    # not "no-referrer" nor "same-origin": those turn the Origin header of the hand-over's POST into "null"
    headers["Referrer-Policy"] = "strict-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-site"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        headers["Cache-Control"] = "public, max-age=3600"
    else:
        headers["Cache-Control"] = "no-store"
    if not site().demo:
        headers["Strict-Transport-Security"] = _STRICT
    return response


def send_headers(app: Flask) -> None:
    """On every response, errors included."""
    app.after_request(_protect)
