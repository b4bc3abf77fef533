"""A listener at work: cheroot's server with the limits, the log and the address errors of this house."""

from __future__ import annotations

import errno
import logging
import math
import queue
import socket
import sys
import traceback as tracebacks
from typing import Any

from cheroot import wsgi

from webvartti.server.adapter import OpenSSLAdapter
from webvartti.server.context import build_context
from webvartti.server.errors import AddressTaken, AddressUnavailable
from webvartti.server.http import Connection, Gateway
from webvartti.server.limits import ACCEPT_QUEUE, BODY_BYTES, HEADER_BYTES, KEPT_ALIVE
from webvartti.server.listener import Listener

log = logging.getLogger(__name__)


class ListeningServer(wsgi.Server):
    """No access log: a request's line and address are personal data, and the application's audit says what matters."""

    ConnectionClass = Connection
    max_request_header_size = HEADER_BYTES
    max_request_body_size = BODY_BYTES
    keep_alive_conn_limit = KEPT_ALIVE
    expiration_interval = 0.25
    software = "WebVartti"  # no versions, here and in the Server header

    def __init__(self, listener: Listener) -> None:
        """Reads the certificate files: raises ServerCertificateUnusable or TrustedCertificatesUnusable."""
        super().__init__(
            (listener.host, listener.port),
            listener.application,
            numthreads=listener.threads,
            server_name="WebVartti",
            request_queue_size=ACCEPT_QUEUE,
            timeout=math.ceil(listener.timeout_seconds),
        )
        self.listener = listener
        self.gateway = Gateway
        self.close_after_response = listener.client_certificates is not None
        self.adapter = self.ssl_adapter = OpenSSLAdapter(listener, build_context(listener))

    def prepare(self) -> None:
        """Bind. Raises AddressTaken or AddressUnavailable."""
        try:
            super().prepare()
        except OSError as error:
            raise AddressUnavailable(self.listener.name, self.listener.host, self.listener.port, str(error)) from error

    def bind(self, family: int, type: int, proto: int = 0) -> Any:
        try:
            return super().bind(family, type, proto)
        except OSError as error:
            if (
                error.errno == errno.EADDRINUSE
            ):  # cheroot would go on to the host's next address, and somebody else listens here
                raise AddressTaken(self.listener.name, self.listener.host, self.listener.port) from error
            raise

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """cheroot leaves a socket that it couldn't bind to the garbage collector."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def process_conn(self, conn: Connection) -> None:
        """Called by the accept loop. A new connection costs no worker until its first bytes have come."""
        if conn.last_used is None:
            self.put_conn(conn)
            return
        try:
            self.requests.put(conn)
        except queue.Full:
            conn.close()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """cheroot's own messages hold addresses and the words of exceptions, thus maybe a request's: only the kind of the
        exception and its place in the code are logged.
        """
        error = sys.exc_info()[1]
        if not traceback or error is None:
            log.debug("listener %s: a connection ended early", self.listener.name)
            return
        frames = tracebacks.extract_tb(error.__traceback__)[-6:]
        places = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
        log.log(level, "listener %s: %s in %s", self.listener.name, type(error).__name__, places)

    @property
    def address(self) -> tuple[str, int]:
        """The actual one, once prepared."""
        host, port = self.bind_addr[:2]
        return str(host), int(port)
