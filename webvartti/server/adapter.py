"""Between cheroot and OpenSSL: cheroot asks this for a TLS socket for each connection that it accepts."""

from __future__ import annotations

import errno
import io
import socket

from cheroot.makefile import StreamReader, StreamWriter
from cheroot.ssl import Adapter
from OpenSSL import SSL

from webvartti.server.limits import ConnectionLimit
from webvartti.server.listener import Listener
from webvartti.server.tls_socket import TLSSocket


class TLSReader(StreamReader):
    """cheroot's reader, which also knows of bytes that OpenSSL has decrypted and nobody has read yet."""

    def __init__(self, sock: TLSSocket, mode: str, bufsize: int) -> None:
        super().__init__(sock, mode, bufsize)
        self._tls_socket = sock

    def has_data(self) -> bool:
        buffered: bool = super().has_data()  # type: ignore[no-untyped-call]  # cheroot's stub leaves it untyped
        return buffered or self._tls_socket.pending() > 0


class OpenSSLAdapter(Adapter):
    """``context`` may be replaced at any time: connections made before keep theirs."""

    def __init__(self, listener: Listener, context: SSL.Context) -> None:
        super().__init__(str(listener.certificate_file), str(listener.key_file))
        self.context = context
        self._client_of = listener.client_of
        self._timeout_seconds = listener.timeout_seconds
        self._limit = ConnectionLimit(listener.connections, listener.connections_per_client)

    def bind(self, sock: socket.socket) -> socket.socket:
        """The listening socket stays plain, so that accepting never waits for a handshake."""
        return sock

    def wrap(self, sock: socket.socket) -> tuple[TLSSocket, dict[str, object]]:
        """No handshake here: this runs in the accept loop. Raises ConnectionAbortedError, which cheroot passes over."""
        try:
            client = self._client_of(str(sock.getpeername()[0]))
        except OSError:
            sock.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "the client has left already") from None
        if not self._limit.take(client):
            sock.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "too many connections")
        return TLSSocket(self.context, sock, self._timeout_seconds, lambda: self._limit.release(client)), {}

    def get_environ(self) -> dict[str, object]:
        """Nothing for all connections alike; see the gateway for what each brings."""
        return {}

    def makefile(self, sock: TLSSocket, mode: str = "r", bufsize: int = io.DEFAULT_BUFFER_SIZE) -> StreamReader | StreamWriter:
        return TLSReader(sock, mode, bufsize) if "r" in mode else StreamWriter(sock, mode, bufsize)
