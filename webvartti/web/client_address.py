"""Where a request comes from: for limits only, never for trust, never for a log."""

from __future__ import annotations

from ipaddress import ip_address

from flask import request

from webvartti.web.proxy import peer_is_proxy


def client_address() -> str:
    """The client's address; of a network for IPv6 (/64: one household's or ward's), for its hosts choose their own addresses.

    Behind the proxy it is what the proxy wrote into X-Forwarded-For, which replaces whatever the client sent there.
    """
    given = request.headers.get("X-Forwarded-For", "") if peer_is_proxy() else request.remote_addr or ""
    try:
        address = ip_address(given.strip())
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return ":".join(address.exploded.split(":")[:4]) if address.version == 6 else str(address)
