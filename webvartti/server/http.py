"""Requests and connections as cheroot makes them, with the limits that it leaves open."""

from __future__ import annotations

import contextlib
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Gateway_10

from webvartti.server.headers import StrictHeaderReader
from webvartti.server.limits import SLOWEST_BYTES_PER_SECOND


class Request(HTTPRequest):
    """One request. Its head, and its body, must arrive within a time each, however the bytes are spread."""

    header_reader = StrictHeaderReader()

    def __init__(self, server: Any, conn: Any, proxy_mode: bool = False, strict_mode: bool = True) -> None:
        super().__init__(server, conn, proxy_mode, strict_mode)
        self.close_connection = server.close_after_response

    def parse_request(self) -> None:
        self.conn.socket.limit_reading(self.server.listener.timeout_seconds)
        super().parse_request()

    def read_request_headers(self) -> bool:
        """False where the request has been answered with a refusal already."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]  # cheroot's stub leaves it untyped
            return False
        if b"Transfer-Encoding" in self.inheaders:
            # Browsers never send a body in chunks; a length up front keeps the limit and the end of a body beyond doubt.
            self.simple_response("411 Length Required", "Send the request with a Content-Length.")
            return False
        if self.request_protocol == b"HTTP/1.1" and b"Host" not in self.inheaders:  # RFC 9112 3.2
            self.simple_response("400 Bad Request", "The Host header is missing.")
            return False
        return True

    def respond(self) -> None:
        length = int(self.inheaders.get(b"Content-Length", 0))
        self.conn.socket.limit_reading(self.server.listener.timeout_seconds + length / SLOWEST_BYTES_PER_SECOND)
        super().respond()
        self.conn.socket.limit_reading(None)

    def simple_response(self, status: str, msg: str = "") -> None:
        """cheroot's own answers, all of them refusals, after which it closes the connection."""
        if not status.startswith("408"):  # who was slow gets no more of a worker's time
            self.conn.socket.linger()
        super().simple_response(status, msg)


class Connection(HTTPConnection):
    """One connection. cheroot would leave some sockets to the garbage collector; here all are closed when they end."""

    RequestHandlerClass = Request

    def close(self) -> None:
        self.socket.close()
        for stream in (self.rfile, self.wfile):
            with contextlib.suppress(OSError, ValueError):  # what is still buffered for a client that has left
                stream.close()


class Gateway(Gateway_10):
    """Puts what the handshake told into the WSGI environment.

    A request header arrives there as ``HTTP_...`` (save CONTENT_TYPE and CONTENT_LENGTH), so none can set these keys:

    - ``webvartti.listener``: the listener's name
    - ``webvartti.client_certificate``: DER of the leaf that signed the handshake, and nothing that came behind it; absent
      where there is none. Anything that OpenSSL can parse and that has a trusted issuer may stand here, expired ones too: the
      application validates it by itself.
    - ``webvartti.tls_server_name``: the server name that the client asked for, absent where it asked for none
    - ``webvartti.tls_version``: such as TLSv1.3
    """

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's stub says None
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # untyped in the stub
        listener = self.req.server.listener
        peer = self.req.conn.socket.peer
        environ["SERVER_NAME"] = listener.server_name
        environ["wsgi.url_scheme"] = "https"  # cheroot would take it from "OPTIONS http://..."
        environ["webvartti.listener"] = listener.name
        environ["webvartti.tls_version"] = peer.tls_version
        if peer.certificate is not None:
            environ["webvartti.client_certificate"] = peer.certificate
        if peer.server_name is not None:
            environ["webvartti.tls_server_name"] = peer.server_name
        return environ
