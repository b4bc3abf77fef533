"""One accepted connection: the socket that cheroot reads and writes, with TLS inside.

cheroot's own OpenSSL adapter sleeps while it waits and loses what it has read of a line when more has to be waited for. Here
each operation waits by poll until it is complete or out of time, so that the buffered reader above sees whole reads only.
"""

from __future__ import annotations

import contextlib
import errno
import math
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from cheroot.errors import FatalSSLAlert, NoSSLError
from OpenSSL import SSL, crypto

from webvartti.server.limits import LINGER_BYTES, LINGER_SECONDS, SLOWEST_BYTES_PER_SECOND

Result = TypeVar("Result")
RECORD_BYTES = 16 * 1024


@dataclass(frozen=True)
class Peer:
    """What the handshake told: the leaf that signed it (DER), the server name asked for, the protocol version."""

    certificate: bytes | None
    server_name: str | None
    tls_version: str


class TLSSocket:
    """Not thread-safe, save ``shutdown``: cheroot gives a connection to one worker at a time.

    The handshake runs at the first read or write, thus in a worker and never in the accept loop. Raises what cheroot expects:
    TimeoutError("timed out"), NoSSLError for plain HTTP, FatalSSLAlert for a handshake that failed, OSError otherwise.
    """

    def __init__(self, context: SSL.Context, sock: socket.socket, timeout_seconds: float, on_close: Callable[[], None]) -> None:
        sock.setblocking(False)
        self._sock = sock  # cheroot looks for this name when it answers plain HTTP
        self._connection = SSL.Connection(context, sock)
        self._connection.set_accept_state()
        self._timeout = timeout_seconds
        self._on_close = on_close
        self._read_until = math.inf
        self._failed = False
        self._linger = False
        self._closed = False
        self.peer: Peer | None = None

    def limit_reading(self, seconds: float | None) -> None:
        """All reads from now on, together, may wait this long; None leaves only the time-out of each."""
        self._read_until = math.inf if seconds is None else time.monotonic() + seconds

    def linger(self) -> None:
        """Close so that what was sent last reaches a client that is still sending."""
        self._linger = True

    def recv_into(self, buffer: bytearray) -> int:
        """0 at the end of the stream, also where the client left without saying so."""
        self._handshake()
        until = min(time.monotonic() + self._timeout, self._read_until)
        try:
            return self._complete(partial(self._connection.recv_into, buffer), until)
        except SSL.ZeroReturnError:
            return 0
        except SSL.SysCallError as error:
            self._failed = True
            if error.args[0] == -1:  # "Unexpected EOF"
                return 0
            raise OSError(error.args[0], "TLS read") from None
        except SSL.Error:
            raise self._broken() from None

    def send(self, data: bytes) -> int:
        """All of it, unlike a plain socket's: a partial write would have cheroot copy the rest again and again."""
        self._handshake()
        until = time.monotonic() + self._timeout + len(data) / SLOWEST_BYTES_PER_SECOND
        view = memoryview(data)
        sent = 0
        try:
            while sent < len(data):
                sent += self._complete(partial(self._connection.send, view[sent : sent + RECORD_BYTES].tobytes()), until)
        except SSL.Error:
            raise self._broken() from None
        return sent

    def sendall(self, data: bytes) -> None:
        self.send(data)

    def pending(self) -> int:
        """Decrypted bytes that the kernel no longer announces."""
        return 0 if self._failed or self._closed else self._connection.pending()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True  # first: OpenSSL knows the file descriptor's number only, which may soon be another connection's
        if self.peer is not None and not self._failed:
            with contextlib.suppress(SSL.Error):
                self._connection.shutdown()  # close_notify, so that the client can tell an end from a cut
        if self._linger:
            self._drain()
        self._sock.close()
        self._on_close()

    def shutdown(self, how: int = socket.SHUT_RDWR) -> None:
        """Wake whoever waits in this connection: cheroot's way of ending workers when it stops."""
        self._sock.shutdown(how)

    def settimeout(self, seconds: float | None) -> None:
        """cheroot sets its own, in whole seconds, after wrapping; the listener's is the one that counts."""

    def gettimeout(self) -> float:
        return self._timeout

    def fileno(self) -> int:
        return self._sock.fileno()

    def getsockname(self) -> object:
        return self._sock.getsockname()

    def _decref_socketios(self) -> None:
        """socket.SocketIO calls this when cheroot's file objects are closed; the connection is closed by itself."""

    def _handshake(self) -> None:
        if self._closed or self._failed:
            raise self._broken()
        if self.peer is not None:
            return
        try:
            self._complete(self._connection.do_handshake, time.monotonic() + self._timeout)
        except (SSL.SysCallError, SSL.ZeroReturnError):
            raise self._broken() from None
        except SSL.Error as error:
            self._failed = self._linger = True  # OpenSSL has sent the alert: let it arrive
            if _reason(error) == "http request":
                raise NoSSLError from None
            raise FatalSSLAlert(_reason(error)) from None
        except OSError:
            self._failed = True
            raise
        self.peer = self._read_peer()

    def _read_peer(self) -> Peer:
        certificate = self._connection.get_peer_certificate()
        name = self._connection.get_servername()
        return Peer(
            certificate=None if certificate is None else crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate),
            server_name=None if name is None else name.decode("ascii", "backslashreplace"),
            tls_version=self._connection.get_protocol_version_name(),
        )

    def _complete(self, operation: Callable[[], Result], until: float) -> Result:
        while True:
            try:
                return operation()
            except SSL.WantReadError:
                wait_for(self._sock, select.POLLIN, until)
            except SSL.WantWriteError:
                wait_for(self._sock, select.POLLOUT, until)

    def _broken(self) -> OSError:
        """One of the errors that cheroot takes as the client's leaving, without a word in the log."""
        self._failed = True
        return BrokenPipeError(errno.EPIPE, "the connection is gone")

    def _drain(self) -> None:
        until = time.monotonic() + LINGER_SECONDS
        left = LINGER_BYTES
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            while left > 0:
                wait_for(self._sock, select.POLLIN, until)
                dropped = len(self._sock.recv(RECORD_BYTES))
                if dropped == 0:
                    return
                left -= dropped


def wait_for(sock: socket.socket, event: int, until: float) -> None:
    """Until the socket is ready; TimeoutError at the monotonic time ``until``. poll, for select stops at descriptor 1023."""
    poller = select.poll()
    poller.register(sock, event)
    left = until - time.monotonic()
    if left <= 0 or not poller.poll(math.ceil(left * 1000)):
        raise TimeoutError("timed out")  # these words: cheroot compares them


def _reason(error: SSL.Error) -> str:
    """OpenSSL's words for it; they name a kind of failure, never anything that the client sent."""
    try:
        return str(error.args[0][0][2])
    except (IndexError, TypeError):
        return "unknown"
