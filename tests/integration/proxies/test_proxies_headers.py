"""Certificate headers that clients make up: through a proxy they change nothing, and without one they are refused."""

from __future__ import annotations

import ctypes
import http.client
import os
import platform
import socket
import tempfile
import threading
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.proxies.client import Answer, Person, ask, connect, context, read, request
from tests.integration.proxies.fronts import Front
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST

SPELLINGS = [
    b"Client-Cert", b"Client_Cert", b"client-cert", b"CLIENT-CERT", b"client_Cert", b"Client-Cert-Chain", b"SSL_CLIENT_CERT",
    b"SSL-CLIENT-CERT", b"X-SSL-Client-Cert", b"X_SSL_CLIENT_CERT", b"X-Client-Cert", b"X-Forwarded-Tls-Client-Cert",
    b"X-Forwarded-Client-Cert", b"X_Forwarded-Client_Cert",
]  # fmt: skip


def der_of(pem: Path) -> bytes:
    return x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER)


def rfc9440(der: bytes) -> bytes:
    return b":" + b64encode(der) + b":"


def escaped(der: bytes) -> bytes:
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    return quote(pem.decode(), safe="-._~").encode()


def in_form(front: Front, der: bytes) -> bytes:
    """As this front's proxy writes it."""
    return escaped(der) if front.name == "nginx" else rfc9440(der)


def forgeries(front: Front, spelling: bytes) -> list[list[bytes]]:
    """Header lines that claim to be Aino, in ways by which proxies and WSGI servers have been fooled."""
    value = in_form(front, der_of(front.country.card("aino").chosen_pem))
    return [
        [spelling + b": " + value],
        [spelling + b":\t" + value],
        [spelling + b": " + value + b" "],
        [spelling + b": " + value, b"Connection: close, " + spelling],
        [spelling + b": ", spelling + b": " + value],
    ]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.decode())
def test_a02_a_forged_header_changes_nothing_behind_a_proxy(proxy: Front, spelling: bytes) -> None:
    plain = Person(proxy)
    page, judged = plain.public("GET", "/en/").told, plain.judged().told
    assert (page[0], judged[:3:2]) == (200, (403, "no-certificate"))
    for lines in forgeries(proxy, spelling):
        forger = Person(proxy, extra=lines)
        assert forger.public("GET", "/en/").told == page
        assert forger.judged().told == judged


def test_a02_a_forged_header_beside_ones_own_card_is_never_the_other_person(proxy: Front) -> None:
    own = proxy.country.card("bjorn")
    for number, spelling in enumerate((b"Client-Cert", b"Client_Cert", b"SSL_CLIENT_CERT", b"X-Client-Cert")):
        forger = Person(proxy, own.chosen_pem, forgeries(proxy, spelling)[number])
        page = forger.signed_in()
        assert own.name in page.body
        assert proxy.country.card("aino").name not in page.body


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.decode())
def test_a01_the_embedded_server_refuses_it_whatever_the_path(embedded_server: Front, spelling: bytes) -> None:
    for lines in forgeries(embedded_server, spelling):
        for path in ("/en/", "/static/webvartti.css", "/nowhere"):
            sent = request("GET", path, embedded_server.public_host, lines)
            assert ask(embedded_server.public_port, PUBLIC_HOST, sent).status == 400
        sent = request("POST", "/sign-in", embedded_server.card_host, lines)
        answer = ask(embedded_server.card_port, CARD_HOST, sent, context(embedded_server.country.card("aino").chosen_pem))
        assert (answer.status, answer.headers.get_all("Set-Cookie", [])) == (400, [])


def test_a02_a_header_in_a_trailer_never_arrives(front: Front) -> None:
    value = in_form(front, der_of(front.country.card("aino").chosen_pem))
    chunked = b"5\r\na=bcd\r\n0\r\nClient-Cert: " + value + b"\r\n\r\n"
    for port, name, host in (
        (front.public_port, PUBLIC_HOST, front.public_host),
        (front.card_port, CARD_HOST, front.card_host),
    ):
        head = request("GET", "/sign-in", host, [b"Transfer-Encoding: chunked", b"Trailer: Client-Cert"])
        assert ask(port, name, head + chunked).status == 411


def test_a02_names_and_values_that_are_no_headers_are_refused_or_dropped(front: Front) -> None:
    value = in_form(front, der_of(front.country.card("aino").chosen_pem))
    for line in (b"Client-Cert : " + value, b"X: y\r\n Client-Cert: " + value, b"Client-Cert\0: " + value):
        attempt = Person(front).attempt()
        forger = Person(front, extra=[line])
        try:
            answer = forger.at_card_host(attempt)
        except (ConnectionError, http.client.BadStatusLine):
            continue  # cut without an answer
        assert (answer.status, answer.refusal) in ((400, ""), (403, "no-certificate"))


def test_a05_a_proxys_verdict_that_a_client_makes_up_is_not_even_read(front: Front) -> None:
    verdicts = [
        b"X-SSL-Client-Verify: SUCCESS",
        b"Ssl-Client-Verify: SUCCESS",
        b"X-Client-Verify: 0",
        b"X-SSL-Client-S-DN: CN=x",
    ]
    assert Person(front, extra=verdicts).judged().refusal == "no-certificate"
    expired = next(card for card in front.country.cards if card.sign_in == "certificate-expired")
    assert Person(front, expired.chosen_pem, verdicts).judged().refusal == "certificate-expired"


def on_socket(front: Front, listener: str, lines: Sequence[bytes], body: bytes = b"") -> Answer:
    """A request to gunicorn's socket without the proxy, as the proxy's own account."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(20)
        sock.connect(str(front.directory / f"{listener}.sock"))
        host = front.card_host if listener == "card" else front.public_host
        origin = b"Origin: " + front.public_origin.encode()
        sock.sendall(request("POST", "/sign-in", host, [origin, *lines], body))
        return read(sock)


def bad_values(front: Front) -> dict[str, list[bytes]]:
    """Header lines that no proxy of ours writes."""
    aino, bjorn = (der_of(front.country.card(slug).chosen_pem) for slug in ("aino", "bjorn"))
    own, other = in_form(front, aino), (rfc9440 if front.name == "nginx" else escaped)(aino)
    pem = front.country.card("aino").chosen_pem.read_bytes()
    return {
        "twice": [b"Client-Cert: " + own, b"Client-Cert: " + own],
        "joined": [b"Client-Cert: " + own + b", " + own],
        "empty": [b"Client-Cert:"],
        "64 KiB": [b"Client-Cert: " + in_form(front, aino)[:1] + b"A" * 65536],
        "other form": [b"Client-Cert: " + other],
        "not escaped": [b"Client-Cert: " + b" ".join(pem.split(b"\n"))],
        "bare base64": [b"Client-Cert: " + b64encode(aino)],
        "no certificate": [b"Client-Cert: nonsense"],
        "chain beside it": [b"Client-Cert: " + own, b"Client-Cert-Chain: " + own],
        "two certificates": [b"Client-Cert: " + own + in_form(front, bjorn)],
    }


def test_a03_a_header_that_no_proxy_of_ours_writes_is_refused(proxy: Front) -> None:
    for name, lines in bad_values(proxy).items():
        answer = with_attempt(proxy, lines)
        assert answer.status == (431 if name == "64 KiB" else 400), name
        assert answer.headers.get_all("Set-Cookie") is None


def test_a03_what_is_no_certificate_is_refused_with_its_reason(proxy: Front) -> None:
    der = der_of(proxy.country.card("aino").chosen_pem)
    for broken in (der[:-1], der + b"\0", b"0" * 100, der + der):
        value = rfc9440(broken) if proxy.name == "haproxy" else escaped_bytes(broken)
        judged = with_attempt(proxy, [b"Client-Cert: " + value])
        assert (judged.status, judged.refusal) == (403, "certificate-unreadable")


def escaped_bytes(der: bytes) -> bytes:
    body = b64encode(der).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return quote(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n", safe="-._~").encode()


SETRESUID = {"x86_64": 117, "aarch64": 147}.get(platform.machine())


def from_account(uid: int, path: Path, sent: bytes) -> bytes:
    """The status line for these bytes, sent by a thread that has become ``uid``: the kernel knows users by thread."""
    said: list[bytes] = []

    def send() -> None:
        assert ctypes.CDLL(None).syscall(SETRESUID, -1, uid, -1) == 0
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(str(path))
            sock.sendall(sent)
            said.append(sock.recv(65536).splitlines()[0])

    thread = threading.Thread(target=send)
    thread.start()
    thread.join()
    return said[0]


@pytest.mark.skipif(os.getuid() != 0 or SETRESUID is None, reason="only root can become somebody else")
def test_a04_another_account_on_the_card_socket_is_refused(proxy: Front) -> None:
    attempt = Person(proxy).attempt()["attempt"]
    value = in_form(proxy, der_of(proxy.country.card("aino").chosen_pem))
    lines = [b"Origin: " + proxy.public_origin.encode(), b"Client-Cert: " + value]
    sent = request("POST", "/sign-in", proxy.card_host, lines, b"attempt=" + attempt.encode())
    socket_file = proxy.directory / "card.sock"
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        reachable = Path(open_to_all) / "card.sock"
        reachable.hardlink_to(socket_file)
        socket_file.chmod(0o666)  # as if the socket's mode had been lost
        try:
            assert from_account(65534, reachable, sent) == b"HTTP/1.1 400 BAD REQUEST"
            assert from_account(0, reachable, sent) == b"HTTP/1.1 200 OK"
        finally:
            socket_file.chmod(0o660)


def with_attempt(front: Front, lines: Sequence[bytes]) -> Answer:
    attempt = Person(front).attempt()["attempt"]
    return on_socket(front, "card", lines, b"attempt=" + attempt.encode())


def test_a05_the_proxys_word_for_a_forged_certificate_is_not_taken(proxy: Front) -> None:
    forged = [card for card in proxy.country.cards if card.sign_in == "tls-alert"]
    for card in forged:
        value = in_form(proxy, der_of(card.chosen_pem))
        judged = with_attempt(proxy, [b"Client-Cert: " + value, b"X-SSL-Client-Verify: SUCCESS"])
        assert (judged.status, judged.refusal) == (403, "path-invalid")
    good = with_attempt(proxy, [b"Client-Cert: " + in_form(proxy, der_of(proxy.country.card("aino").chosen_pem))])
    assert good.status == 200


def test_a01_the_public_socket_takes_no_certificate_header(proxy: Front) -> None:
    value = in_form(proxy, der_of(proxy.country.card("aino").chosen_pem))
    for spelling in SPELLINGS:
        assert on_socket(proxy, "public", [spelling + b": " + value]).status == 400


def test_gunicorn_takes_no_place_or_underscored_name_from_headers(proxy: Front) -> None:
    for line in (b"SCRIPT_NAME: /x", b"PATH_INFO: /en/", b"REMOTE_USER: aino", b"Client_Cert: x"):
        assert on_socket(proxy, "public", [line]).status == 400


def test_a24_the_card_host_closes_after_each_response_and_the_public_host_does_not(front: Front) -> None:
    with connect(front.card_port, CARD_HOST) as sock:
        for_card = request("GET", "/", front.card_host)
        sock.sendall(for_card)
        assert read(sock).headers["Connection"] == "close"
        sock.sendall(for_card)
        with pytest.raises((ConnectionError, http.client.BadStatusLine)):
            read(sock)
    with connect(front.public_port, PUBLIC_HOST) as sock:
        for _ in range(3):
            sock.sendall(request("GET", "/en/", front.public_host))
            assert read(sock).status == 200


def test_bodies_and_heads_are_limited(proxy: Front) -> None:
    def status(sent: bytes) -> int:
        return ask(proxy.public_port, PUBLIC_HOST, sent).status

    body = b"a" * 65537
    assert status(request("POST", "/en/feedback", proxy.public_host, body=body)) == 413
    head = request("GET", "/en/", proxy.public_host, [b"X-%d: %s" % (number, b"a" * 7000) for number in range(6)])
    assert status(head) in (400, 431)
    assert status(request("GET", "/en/?" + "a" * 5000, proxy.public_host)) in (400, 414)
    many = [b"X-%d: y" % number for number in range(200)]
    assert status(request("GET", "/en/", proxy.public_host, many)) in (200, 400)
