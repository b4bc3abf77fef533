"""A TLS listener at work: its handshakes and its limits."""

from __future__ import annotations

import math

from webvartti.server.adapter import OpenSSLAdapter
from webvartti.server.context import build_context
from webvartti.server.http import Connection, Gateway
from webvartti.server.limits import ACCEPT_QUEUE, BODY_BYTES, HEADER_BYTES, KEPT_ALIVE
from webvartti.server.listener import Listener
from webvartti.server.quiet import QuietServer


class ListeningServer(QuietServer):
    """With TLS, and a limit on everything that one client, or all of them, may take."""

    ConnectionClass = Connection
    max_request_header_size = HEADER_BYTES
    max_request_body_size = BODY_BYTES
    keep_alive_conn_limit = KEPT_ALIVE
    expiration_interval = 0.25

    def __init__(self, listener: Listener) -> None:
        """Reads the certificate files: raises ServerCertificateUnusable or TrustedCertificatesUnusable."""
        super().__init__(
            listener.name,
            (listener.host, listener.port),
            listener.application,
            threads=listener.threads,
            timeout=math.ceil(listener.timeout_seconds),
            waiting=ACCEPT_QUEUE,
        )
        self.listener = listener
        self.gateway = Gateway
        self.close_after_response = listener.client_certificates is not None
        self.adapter = self.ssl_adapter = OpenSSLAdapter(listener, build_context(listener))
