"""What a proxy hands on, read at the socket where the application would be."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.proxies.client import ask, context, request
from tests.integration.proxies.fronts import running_proxy, write_configuration
from tests.integration.proxies.test_proxies_headers import SPELLINGS, der_of, escaped, rfc9440
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST

HANDED_ON = {
    "host", "cookie", "origin", "content-type", "content-length", "accept", "accept-language", "user-agent", "if-none-match",
    "if-modified-since", "range", "x-forwarded-for", "x-forwarded-proto", "x-request-id", "client-cert",
    "connection", "x-tls-version",
}  # fmt: skip
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def listening(path: Path, heads: list[str]) -> Iterator[None]:
    """Keeps the head of every request, answers 200."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                received = b""
                while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
                    received += piece
                if not received:
                    return
                heads.append(received.decode("latin-1").partition("\r\n\r\n")[0])
                connection.sendall(OK)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(path))
        thread.join(5)
        listener.close()


@dataclass(frozen=True)
class Pipe:
    """A proxy whose other end is ours."""

    name: str
    port: int
    heads: list[str]

    def through(self, host: str, lines: list[bytes], card: Path | None = None) -> dict[str, list[str]]:
        """The headers that come out of a request with these lines; [] where the request was refused."""
        self.heads.clear()
        answer = ask(self.port, host, request("GET", "/en/", f"{host}:{self.port}", lines), context(card))
        assert answer.status == 200
        headers: dict[str, list[str]] = {}
        for line in self.heads[0].split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        return headers


@pytest.fixture(scope="module", params=["haproxy", "nginx"])
def pipe(request: pytest.FixtureRequest, furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    directory, port, heads = tmp_path_factory.mktemp("pipe"), free_port(), list[str]()
    (directory / "log").mkdir()
    into = write_configuration(request.param, furnished, directory, port)
    with ExitStack() as stack:
        for name in ("public.sock", "card.sock"):
            stack.enter_context(listening(directory / name, heads))
        stack.enter_context(running_proxy(request.param, into, port))
        yield Pipe(request.param, port, heads)


def test_a02_only_known_headers_come_out(pipe: Pipe) -> None:
    invented = [b"X-Anything: 1", b"SCRIPT_NAME: /x", b"Forwarded: for=192.0.2.1", b"X-Real-IP: 192.0.2.1", b"Upgrade: h2c",
                b"Connection: X-Anything, Client-Cert, X-Forwarded-For", b"Keep-Alive: 5", b"TE: trailers", b"Proxy: x",
                b"Authorization: Basic x", b"X-Forwarded-Host: evil.example", b"Referer: https://x.example/"]  # fmt: skip
    forged = [spelling + b": forged" for spelling in SPELLINGS]
    for host in (PUBLIC_HOST, CARD_HOST):
        headers = pipe.through(host, [*invented, *forged, b"Cookie: a=b", b"Accept-Language: sv", b"Origin: https://a.example"])
        assert set(headers) <= HANDED_ON
        assert "client-cert" not in headers
        assert (headers["cookie"], headers["accept-language"], headers["origin"]) == (["a=b"], ["sv"], ["https://a.example"])
        assert headers["host"] == [f"{host}:{pipe.port}"]
        assert headers.get("connection", ["close"]) == ["close"]


def test_the_address_is_the_clients_whatever_it_claims(pipe: Pipe) -> None:
    claims = [b"X-Forwarded-For: 192.0.2.1", b"X_Forwarded_For: 192.0.2.2", b"x-forwarded-for: 192.0.2.3, 192.0.2.4"]
    headers = pipe.through(PUBLIC_HOST, [*claims, b"X-Forwarded-Proto: http"])
    assert headers["x-forwarded-for"] == ["127.0.0.1"]
    assert headers["x-forwarded-proto"] == ["https"]


def test_the_version_of_tls_is_the_connections_whatever_the_client_claims(pipe: Pipe) -> None:
    for host in (PUBLIC_HOST, CARD_HOST):
        headers = pipe.through(host, [b"X-TLS-Version: SSLv3", b"X_TLS_Version: SSLv3"])
        assert headers["x-tls-version"] == ["TLSv1.3"]


def test_each_request_gets_a_number_of_the_proxys_own_whatever_the_client_claims(pipe: Pipe) -> None:
    claims = [b"X-Request-ID: 00000000000000000000000000000000", b"X-Request-Id: <script>", b"x_request_id: canary"]
    numbers = [pipe.through(host, lines)["x-request-id"] for host in (PUBLIC_HOST, CARD_HOST) for lines in ([], claims, claims)]
    assert all(len(each) == 1 for each in numbers)
    assert len({each[0] for each in numbers}) == len(numbers)
    assert all(re.fullmatch("[0-9a-f-]{32,36}", each[0]) and set(each[0]) - set("0-") for each in numbers)


def test_a08_the_leaf_of_this_handshake_and_nothing_else_is_handed_on(pipe: Pipe, furnished: Country) -> None:
    card = furnished.card("bjorn").chosen_pem
    der = der_of(card)
    expected = (rfc9440 if pipe.name == "haproxy" else escaped)(der).decode()
    forged = [b"Client-Cert: " + expected.encode(), b"Client-Cert_: x"]
    assert pipe.through(CARD_HOST, [], card)["client-cert"] == [expected]
    assert pipe.through(CARD_HOST, [b"Client-Cert: :AAAA:", b"Connection: Client-Cert"], card)["client-cert"] == [expected]
    assert "client-cert" not in pipe.through(CARD_HOST, forged)
    assert "client-cert" not in pipe.through(PUBLIC_HOST, forged, card)


def test_a08_a_certificate_behind_ones_own_is_never_handed_on(pipe: Pipe, furnished: Country, tmp_path: Path) -> None:
    own, victim = furnished.card("bjorn").chosen_pem, furnished.card("aino").chosen_pem
    der, other = der_of(own), x509.load_der_x509_certificate(der_of(victim))
    both = tmp_path / "both.pem"
    both.write_bytes(own.read_bytes() + other.public_bytes(Encoding.PEM))
    expected = (rfc9440 if pipe.name == "haproxy" else escaped)(der).decode()
    assert pipe.through(CARD_HOST, [], both)["client-cert"] == [expected]
