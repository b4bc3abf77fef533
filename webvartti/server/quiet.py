"""cheroot's server with the address errors and the log of this house, and patience with those who say nothing."""

from __future__ import annotations

import errno
import logging
import queue
import socket
import sys
import traceback as tracebacks
from typing import Any
from wsgiref.types import WSGIApplication

from cheroot import wsgi
from cheroot.server import HTTPConnection

from webvartti.server.errors import AddressTaken, AddressUnavailable

log = logging.getLogger(__name__)


class QuietServer(wsgi.Server):
    """No access log: a request's line and address are personal data, and the application says what matters."""

    software = "WebVartti"  # no versions, here and in the Server header

    def __init__(
        self, name: str, address: tuple[str, int], application: WSGIApplication, *, threads: int, timeout: int, waiting: int
    ) -> None:
        """``name`` is the listener's, for errors and the log; ``waiting``: connections not yet accepted. Times in seconds."""
        super().__init__(
            address, application, numthreads=threads, server_name="WebVartti", request_queue_size=waiting, timeout=timeout
        )
        self.name = name

    def prepare(self) -> None:
        """Bind. Raises AddressTaken or AddressUnavailable."""
        try:
            super().prepare()
        except OSError as error:
            raise AddressUnavailable(self.name, *self.address, str(error)) from error

    def bind(self, family: int, type: int, proto: int = 0) -> Any:
        try:
            return super().bind(family, type, proto)
        except OSError as error:
            if (
                error.errno == errno.EADDRINUSE
            ):  # cheroot would go on to the host's next address, and somebody else listens here
                raise AddressTaken(self.name, *self.address) from error
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

    def process_conn(self, conn: HTTPConnection) -> None:
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
            log.debug("listener %s: a connection ended early", self.name)
            return
        frames = tracebacks.extract_tb(error.__traceback__)[-6:]
        places = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
        log.log(level, "listener %s: %s in %s", self.name, type(error).__name__, places)

    @property
    def address(self) -> tuple[str, int]:
        """The actual one, once prepared."""
        host, port = self.bind_addr[:2]
        return str(host), int(port)
