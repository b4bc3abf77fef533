"""The leaf that signed the TLS handshake. Only the card listener asks; nothing that a client can write is ever read here."""

from __future__ import annotations

from flask import request

ENVIRON_KEY = "webvartti.client_certificate"
"""Set by the embedded server. A header can't set it: headers reach the WSGI environment with the prefix HTTP_ only."""


def client_certificate() -> bytes | None:
    """The certificate's DER, or None where the browser sent none."""
    der = request.environ.get(ENVIRON_KEY)
    return der if isinstance(der, bytes) else None
