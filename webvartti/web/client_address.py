"""Where a request comes from: for limits only, never for trust, never for a log."""

from __future__ import annotations

from flask import request

from webvartti.domain.limits import client_network
from webvartti.web.proxy import peer_is_proxy


def client_address() -> str:
    """The client's address, of IPv6 its network.

    Behind the proxy it is what the proxy wrote into X-Forwarded-For, which replaces whatever the client sent there.
    """
    given = request.headers.get("X-Forwarded-For", "") if peer_is_proxy() else request.remote_addr or ""
    return client_network(given)
