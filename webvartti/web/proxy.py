"""The proxy in front: which peer it is, and what of its headers may be believed.

Trust is proven by the unix socket's peer (SO_PEERCRED: the kernel says who connected), never by an address. Behind a proxy
gunicorn hands the connected socket over in the WSGI environment.
"""

from __future__ import annotations

import socket
import struct

from flask import Flask, abort, request

from webvartti.web.security_log import report
from webvartti.web.site import CARD, site

HEADER = "HTTP_CLIENT_CERT"
"""RFC 9440 2.2. The one header in which the proxy of the card listener hands the certificate over, whatever its form."""

CERTIFICATE_HEADERS = frozenset(
    {
        HEADER,
        "HTTP_CLIENT_CERT_CHAIN",
        "HTTP_SSL_CLIENT_CERT",
        "HTTP_SSL_CLIENT_CERT_CHAIN",
        "HTTP_X_SSL_CLIENT_CERT",
        "HTTP_X_CLIENT_CERT",
        "HTTP_X_FORWARDED_TLS_CLIENT_CERT",
        "HTTP_X_FORWARDED_CLIENT_CERT",
    }
)
"""As WSGI names them: there ``Client_Cert``, ``client-cert`` and ``CLIENT-CERT`` are one."""

_CREDENTIALS = struct.Struct("3i")  # struct ucred of unix(7): pid, uid, gid


def peer_is_proxy() -> bool:
    """True where the other end of this connection is a process of the configured proxy's account."""
    connection = request.environ.get("gunicorn.socket")
    if site().proxy_uid is None or not isinstance(connection, socket.socket) or connection.family != socket.AF_UNIX:
        return False
    try:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return False
    return bool(_CREDENTIALS.unpack(credentials)[1] == site().proxy_uid)


def takes_certificate_header() -> bool:
    """Only the card listener does, and only where a form is configured."""
    return site().listener == CARD and bool(site().client_cert_format)


def tls_version() -> str:
    """The protocol of this request's connection, such as TLSv1.3, from the embedded server or the proxy; empty where neither
    tells. To be shown, never to be trusted.
    """
    own = str(request.environ.get("webvartti.tls_version", ""))
    return own or (request.headers.get("X-TLS-Version", "") if peer_is_proxy() else "")


def _refuse_forgeries() -> None:
    expected = {HEADER} if takes_certificate_header() else set()
    if takes_certificate_header() and not peer_is_proxy():
        report("refused: a connection to the card socket that isn't the proxy's")
        abort(400)
    if CERTIFICATE_HEADERS & request.environ.keys() - expected:
        report(f"refused: a certificate header that the {site().listener} listener doesn't expect")
        abort(400)


def guard_certificate_headers(app: Flask) -> None:
    """The very first check of every request, whatever its path."""
    app.before_request(_refuse_forgeries)
