"""One TLS connection of a browser: one request at a time, without blocking anybody else, as lean as Python allows.

Nothing leaves this machine: an address that isn't a loopback one is refused before a socket is made.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlencode

_FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')
_COOKIE = re.compile(rb"\r\nset-cookie: ([^=\r]+)=([^;\r]*)", re.IGNORECASE)
_AT_ONCE = 64 * 1024
_KEPT_FOR = 9.0
"""Seconds that a connection is used again after its last answer: the proxies close it after ten."""


class NotThisMachine(ValueError):
    """A load is only ever put on the machine that makes it: the address must be a loopback one."""


class ConnectionLost(Exception):
    """The other side ended the connection before its answer was whole."""


@dataclass(frozen=True)
class Place:
    """A host of the service: the name that TLS and HTTP say, and where it listens. Raises NotThisMachine."""

    name: str
    port: int
    address: str = "127.0.0.1"

    def __post_init__(self) -> None:
        if not ip_address(self.address).is_loopback:
            raise NotThisMachine(f"{self.address} isn't this machine: choose an address of 127.0.0.0/8")

    @property
    def host(self) -> str:
        """As it stands in a Host header."""
        return f"{self.name}:{self.port}"

    @property
    def origin(self) -> str:
        return f"https://{self.host}"


@dataclass(frozen=True, slots=True)
class Card:
    """The files of a certificate and its key (PEM)."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; ``head`` are its status line and headers."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Of the first header of this name; empty where there is none."""
        found = re.search(rb"\r\n" + name + rb": ([^\r]*)", self.head, re.IGNORECASE)
        return found[1] if found else b""

    @property
    def cookies(self) -> dict[str, str]:
        """What is set; an empty value takes a cookie back."""
        return {name.decode(): value.decode() for name, value in _COOKIE.findall(self.head)}

    @property
    def fields(self) -> dict[str, str]:
        """Every hidden or filled-in field of the page."""
        return dict(_FIELD.findall(self.body.decode()))

    @property
    def closes(self) -> bool:
        return self.header(b"connection").lower() == b"close"


def request(method: str, path: str, place: Place, headers: Mapping[str, str], fields: Mapping[str, str] | None) -> bytes:
    """The bytes of a request as a browser sends it; ``fields`` are those of a form."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {place.host}", *(f"{name}: {value}" for name, value in headers.items())]
    lines += ["Accept: text/html", "Accept-Language: fi", "User-Agent: tests.load"]
    body = b"" if fields is None else urlencode(fields).encode()
    if fields is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Wire:
    """A connection that is opened when it is needed, and anew where it was closed. ``source`` is the client's address.

    ``tls`` is shared by all that go to the same host; ``card`` is whose certificate is shown there.
    """

    place: Place
    tls: ssl.SSLContext
    source: str
    card: Card | None = None
    _sock: ssl.SSLSocket | None = None
    _used: float = 0.0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    async def ask(self, sent: bytes) -> Answer:
        """As a browser: on the connection at hand, and once more where the server has closed that one meanwhile.

        Raises OSError, ssl.SSLError, ConnectionLost.
        """
        if self._sock is not None and self._loop.time() - self._used < _KEPT_FOR:
            try:
                return await self._exchange(self._sock, sent)
            except (OSError, ConnectionLost):
                self.close()
        self.close()
        return await self._exchange(await self.open(), sent)

    async def open(self) -> ssl.SSLSocket:
        """Connect and shake hands, at the card host with the card."""
        plain = socket.socket()
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.bind((self.source, 0))
            await self._loop.sock_connect(plain, (self.place.address, self.place.port))
            if self.card is not None:  # a connection keeps what its context held when it was made
                self.tls.load_cert_chain(self.card.certificate, self.card.key)
            sock = self.tls.wrap_socket(plain, server_hostname=self.place.name, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        self._sock = sock
        while True:
            try:
                sock.do_handshake()
            except ssl.SSLWantReadError:
                await self._ready(sock)
            else:
                return sock

    async def _exchange(self, sock: ssl.SSLSocket, sent: bytes) -> Answer:
        sock.sendall(sent)
        got = bytearray()
        while (end := got.find(b"\r\n\r\n")) < 0:
            await self._more(sock, got)
        head = bytes(got[:end])
        answer = Answer(int(head[9:12]), head, b"")
        length = end + 4 + int(answer.header(b"content-length") or 0)
        while len(got) < length:
            await self._more(sock, got)
        self._used = self._loop.time()
        if answer.closes:
            self.close()
        return Answer(answer.status, head, bytes(got[end + 4 : length]))

    async def _more(self, sock: ssl.SSLSocket, got: bytearray) -> None:
        while True:
            try:
                some = sock.recv(_AT_ONCE)
            except ssl.SSLWantReadError:
                await self._ready(sock)
            else:
                if not some:
                    raise ConnectionLost
                got += some
                return

    def _ready(self, sock: ssl.SSLSocket) -> asyncio.Future[None]:
        """Done when there is something to read; given up, it leaves nothing behind."""
        readable = self._loop.create_future()
        number = sock.fileno()

        def done() -> None:
            self._loop.remove_reader(number)
            if not readable.done():
                readable.set_result(None)

        self._loop.add_reader(number, done)
        return readable

    def close(self) -> None:
        """Without a farewell, as a browser that is closed."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = None
