"""A CA's web server, honest or not: a real HTTP server on the loopback, scripted by path."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]


def body(content: bytes, *headers: tuple[str, str], status: int = 200, length: int | None = None) -> Answer:
    """``length`` is the Content-Length where it isn't the true one; -1 for none, with the end of the connection as the end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        if length != -1:
            handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def raw(answer: bytes) -> Answer:
    """These bytes, whatever they are, and the end."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(answer)

    return write


def redirect(location: str | None, status: int = 302) -> Answer:
    return body(b"", *([("Location", location)] if location is not None else []), status=status)


def cached(content: bytes, etag: str) -> Answer:
    """As a well-behaved server does: 304 where the client holds this very list."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.end_headers()
        else:
            body(content, ("ETag", etag))(handler)

    return answer


@dataclass
class Publisher:
    """``answers`` by path; another path is 404. ``requests`` are the heads that came, as (path, headers in lower case)."""

    origin: str
    released: threading.Event
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.origin}{path}"

    def drip(self, first: bytes = b"", every: float = 0.05) -> Answer:
        """``first`` at once, then a byte now and then, until the client has gone or the test ends."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(first)
            while not self.released.wait(every):
                handler.wfile.write(b"x")

        return answer

    def hang(self, first: bytes = b"") -> Answer:
        """``first``, then silence."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(first)
            self.released.wait(30)

        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    publisher: Publisher

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away early are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        publisher = self.server.publisher
        publisher.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        publisher.answers.get(self.path, body(b"nothing here", status=404))(self)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def publishing(certificate: Path | None = None) -> Iterator[Publisher]:
    """``certificate``: PEM with its key, for https."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "http" if certificate is None else "https"
    server.publisher = Publisher(f"{scheme}://127.0.0.1:{server.server_address[1]}", threading.Event())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.publisher
    finally:
        server.publisher.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def nobody_listens() -> str:
    """An origin at which connections are refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
