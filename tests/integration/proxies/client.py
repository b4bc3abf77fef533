"""A client that sends exactly the bytes it is told to, over TLS with the settings it is told to use."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from tests.integration.proxies.fronts import Front
from tests.web.visitor import Page
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST


@dataclass(frozen=True)
class Answer:
    """One response. ``told`` is what must not change when somebody adds headers: status, page, cookies set."""

    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def refusal(self) -> str:
        """The code of a refused certificate, empty where there is none."""
        found = re.search(r'data-refusal="([^"]*)', self.body)
        return found[1] if found else ""

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>([^<]*)", self.body)
        return found[1].strip() if found else ""

    @property
    def told(self) -> tuple[int, str, str, tuple[str, ...]]:
        cookies = sorted(name for line in self.headers.get_all("Set-Cookie", []) for name in SimpleCookie(line))
        return self.status, self.heading, self.refusal, tuple(cookies)


def context(card: Path | None = None, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """A client that takes any server: what the servers do is what is asked here."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if version is not None:
        made.minimum_version = made.maximum_version = version
    if card is not None:
        made.load_cert_chain(card)
    return made


def connect(
    port: int,
    server_name: str | None,
    tls: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
    source: str = "127.0.0.1",
) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return (tls or context()).wrap_socket(plain, server_hostname=server_name, session=session)


def request(method: str, path: str, host: str, headers: Sequence[bytes] = (), body: bytes = b"") -> bytes:
    """The bytes of a request; each of ``headers`` is a whole line without its end."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: " + host.encode(), *headers]
    if body or method == "POST":
        lines += [b"Content-Length: %d" % len(body)]
        lines += [b"Content-Type: application/x-www-form-urlencoded"]
    return b"\r\n".join([*lines, b"", b""]) + body


def read(sock: socket.socket) -> Answer:
    response = http.client.HTTPResponse(sock)
    response.begin()
    body = response.read().decode("utf-8", "replace")
    return Answer(response.status, response.msg, body)


def ask(
    port: int, server_name: str | None, sent: bytes, tls: ssl.SSLContext | None = None, source: str = "127.0.0.1"
) -> Answer:
    """One request on a connection of its own."""
    with connect(port, server_name, tls, source=source) as sock:
        sock.sendall(sent)
        return read(sock)


@dataclass
class Person:
    """Signs in through a front, with this card (PEM) or none; ``extra`` header lines go along with every request.

    ``source`` is the address that they come from; ``past`` is another port than the front's: that of one node.
    """

    front: Front
    card: Path | None = None
    extra: Sequence[bytes] = ()
    cookies: SimpleCookie = field(default_factory=SimpleCookie)
    source: str = "127.0.0.1"
    past: int | None = None

    def public(self, method: str, path: str, headers: Sequence[bytes] = (), fields: dict[str, str] | None = None) -> Answer:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items() if morsel.value)
        lines = [*headers, *self.extra, *([b"Cookie: " + cookie.encode()] if cookie else [])]
        sent = request(method, path, self.front.public_host, lines, urlencode(fields or {}).encode())
        answer = ask(self.past or self.front.public_port, PUBLIC_HOST, sent, source=self.source)
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        return answer

    def at_card_host(self, attempt: dict[str, str]) -> Answer:
        lines = [b"Origin: " + self.front.public_origin.encode(), *self.extra]
        sent = request("POST", "/sign-in", self.front.card_host, lines, urlencode(attempt).encode())
        return ask(self.past or self.front.card_port, CARD_HOST, sent, context(self.card), self.source)

    def attempt(self) -> dict[str, str]:
        """The fields of the form to the card host. Who is told that many come at once comes again."""
        for _ in range(60):
            answer = self.public("GET", "/en/sign-in")
            if answer.status != 503:
                break
            time.sleep(0.5)
        return Page(answer.body).form("/sign-in")[1]

    def judged(self) -> Answer:
        """What the card host says."""
        return self.at_card_host(self.attempt())

    def signed_in(self) -> Answer:
        """The first page of the session; the cookies hold it."""
        return self.finished(self.judged())

    def finished(self, handed: Answer) -> Answer:
        """From what the card host says to the first page of the session."""
        assert handed.status == 200, (handed.status, handed.refusal)
        fields = Page(handed.body).form("/finish")[1]
        origin = b"Origin: https://" + self.front.card_host.encode()
        finished = self.public("POST", "/en/sign-in/finish", [origin], fields)
        assert finished.status == 303, finished.body
        return self.public("GET", finished.headers["Location"])
