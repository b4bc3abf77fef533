"""Which listener is this, and was the request meant for it? Own origins come from settings, never from the request."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request

from webvartti.web.site import site


def _refuse_other_hosts() -> None:
    """421 where Host or the TLS server name is missing or another than the listener's (RFC 9110 15.5.20)."""
    own = urlsplit(site().own_origin)
    asked = request.environ.get("HTTP_HOST", "").lower()
    # the embedded listeners tell the name of each handshake; behind a proxy it is the proxy that compares the two
    unnamed = "" if "webvartti.tls_version" in request.environ else own.hostname
    server_name = str(request.environ.get("webvartti.tls_server_name", unnamed)).lower()
    if asked not in (own.netloc, f"{own.hostname}:{own.port or 443}") or server_name != own.hostname:
        abort(421)


def guard_hosts(app: Flask) -> None:
    """Before anything else looks at a request."""
    app.before_request(_refuse_other_hosts)
