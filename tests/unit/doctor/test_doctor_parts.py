"""The doctor's own HTTP and TLS, and its advice."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from webvartti.demo.country import Country
from webvartti.doctor import probe_answers
from webvartti.doctor.answers import HAND_OVER, Receive, read_answer
from webvartti.doctor.attack import PROBES
from webvartti.doctor.client_hello import TLS_1_1, TLS_1_2, offer
from webvartti.doctor.errors import AnswerUnreadable, DoctorError, Refused
from webvartti.doctor.forgery import clone, nginx_escaped_pem, rfc9440, self_made
from webvartti.doctor.front import OTHER, Front
from webvartti.doctor.places import Place
from webvartti.doctor.probe_tls import CBC, RSA_KEY_EXCHANGE, SOUND
from webvartti.doctor.remedies import REMEDIES
from webvartti.doctor.tls_client import Greeting, TlsClient
from webvartti.domain.deployment import ProbeFinding
from webvartti.web.client_certificate import read_header

ROOT = Path(__file__).parents[3]
NOW = datetime.now(UTC)


def receiving(*pieces: bytes) -> Receive:
    waiting = list(pieces)
    return lambda: waiting.pop(0) if waiting else b""


def test_an_answer_by_length_by_chunks_and_by_end() -> None:
    by_length = read_answer(receiving(b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 5\r\n\r\nab", b"cde more"))
    assert (by_length.status, by_length.body) == (200, b"abcde")
    chunks = read_answer(
        receiving(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"2;x\r\nde\r\n0\r\n\r\n")
    )
    assert chunks.body == b"abcde"
    assert read_answer(receiving(b"HTTP/1.0 404 Not Found\r\n\r\nabc", b"de")).body == b"abcde"
    early = read_answer(receiving(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"))
    assert (early.status, early.header("server"), early.body) == (204, "x", b"")


def test_what_no_answer_is() -> None:
    with pytest.raises(Refused):
        read_answer(receiving())
    for broken in (b"HTTP/1.1 200 OK\r\n", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                   b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):  # fmt: skip
        with pytest.raises(AnswerUnreadable):
            read_answer(receiving(broken))


@given(
    st.lists(st.binary(max_size=200), max_size=5), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
)
def test_no_answer_brings_the_doctor_down(pieces: list[bytes], beginning: bytes) -> None:
    with suppress(DoctorError):
        read_answer(receiving(beginning, *pieces))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'<div class="notice blocks" data-refusal="no-certificate">', "no-certificate"),
        (b'<input type="hidden" name="ticket" value="x">', HAND_OVER),
        (b'<p class="code">Code for the help desk: <strong>400</strong></p>', "400"),
        (b"nothing", ""),
    ],
)
def test_what_a_page_is_about(body: bytes, code: str) -> None:
    assert read_answer(receiving(b"HTTP/1.1 403 Forbidden\r\n\r\n" + body)).code == code


def test_a02_what_is_forged_is_what_the_application_would_read(country: Country) -> None:
    certificate = x509.load_pem_x509_certificate(country.card("aino").chosen_pem.read_bytes())
    der = certificate.public_bytes(Encoding.DER)
    assert read_header(rfc9440(certificate).decode(), "rfc9440") == der
    assert read_header(nginx_escaped_pem(certificate).decode(), "nginx-escaped-pem") == der


def test_a_clone_has_everything_but_the_key(country: Country) -> None:
    original = x509.load_pem_x509_certificate(country.card("aino").chosen_pem.read_bytes())
    copy, ended = clone(original, NOW).certificate, clone(original, NOW, expired=True).certificate
    assert (copy.subject, copy.issuer, copy.serial_number) == (original.subject, original.issuer, original.serial_number)
    assert list(copy.extensions) == list(original.extensions)
    assert copy.public_key() != original.public_key()
    assert copy.not_valid_after_utc > NOW > ended.not_valid_after_utc > ended.not_valid_before_utc
    assert self_made(NOW).certificate.issuer == self_made(NOW).certificate.subject


ALLOW_CLIENT_RENEGOTIATION = 1 << 8  # OpenSSL's SSL_OP_..., which Python doesn't name


@contextmanager
def tls_server(country: Country, ciphers: str, options: int = 0, answer: bytes = b"") -> Iterator[Place]:
    """Python's own TLS 1.2 server: another implementation of the other side. It says one thing to everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(country.directory / "server" / "certificate.pem", country.directory / "server" / "key.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    context.options |= options
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    connection.settimeout(5)
                    with context.wrap_socket(connection, server_side=True) as secured:
                        secured.recv(65536)
                        secured.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Place("webvartti.localhost", listening.getsockname()[1], "127.0.0.1")
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize(("options", "expected"), [(ALLOW_CLIENT_RENEGOTIATION, True), (0, False)])
def test_a21_a_server_that_renegotiates_is_found(country: Country, options: int, expected: bool) -> None:
    with (
        tls_server(country, "ECDHE+AESGCM", options) as place,
        TlsClient(place, Greeting(place.host, SSL.TLS1_2_VERSION)) as client,
    ):
        assert client.renegotiates() is expected


def test_a21_a_hello_by_hand_tells_what_a_server_takes(country: Country) -> None:
    with tls_server(country, "ECDHE+AESGCM") as place:
        sound = offer(place, TLS_1_2, SOUND, compression=True)
        assert sound is not None
        assert (sound.version, sound.suite in SOUND, sound.compressed) == (TLS_1_2, True, False)
        assert offer(place, TLS_1_2, CBC) is None
        assert offer(place, TLS_1_2, RSA_KEY_EXCHANGE) is None
        assert offer(place, TLS_1_1, (*SOUND, *CBC)) is None
    with tls_server(country, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0") as place:
        weak = offer(place, TLS_1_2, CBC)
        assert weak is not None
        assert weak.suite == 0xC009


GOOD_HEADERS = (
    "Strict-Transport-Security: max-age=31536000",
    "Content-Security-Policy: default-src 'none'; style-src 'self'",
    "Cache-Control: no-store",
    "Set-Cookie: __Host-start=x; Secure; HttpOnly; Path=/; SameSite=Strict",
)


def said(
    country: Country, headers: tuple[str, ...], body: bytes, probe: Callable[[Front], Iterator[ProbeFinding]]
) -> dict[str, str]:
    """The verdicts of a probe on a server that answers so."""
    answer = "\r\n".join(("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", "")).encode() + body
    with tls_server(country, "ECDHE+AESGCM", answer=answer) as place:
        front = Front(place, place, self_made(NOW).certificate, True, OTHER, lambda: NOW, None)
        return {finding.name: finding.verdict for finding in probe(front)}


@pytest.mark.parametrize(
    ("good", "bad", "name", "verdict"),
    [
        ("max-age=31536000", "max-age=0", "public-host-hsts", "fail"),
        ("Strict-Transport-Security", "X-Nothing", "card-host-hsts", "fail"),
        ("default-src 'none'", "default-src *", "public-host-content-policy", "fail"),
        ("style-src 'self'", "style-src 'unsafe-inline'", "card-host-content-policy", "fail"),
        ("no-store", "public", "public-host-content-policy", "fail"),
        ("__Host-start", "start", "cookies", "fail"),
        ("Secure; ", "", "cookies", "fail"),
        ("HttpOnly; ", "", "cookies", "fail"),
        ("SameSite=Strict", "SameSite=None", "cookies", "fail"),
        ("Path=/", "Path=/; Domain=example.fi", "cookies", "fail"),
        ("", "", "public-host-hsts", "ok"),
        ("", "", "public-host-content-policy", "ok"),
    ],
)
def test_a26_what_browsers_are_told(country: Country, good: str, bad: str, name: str, verdict: str) -> None:
    headers = tuple(line.replace(good, bad) if good else line for line in GOOD_HEADERS)
    assert said(country, headers, b"page", probe_answers.browser_rules)[name] == verdict


def test_a26_a_demo_without_hsts_is_a_warning(country: Country) -> None:
    found = said(country, GOOD_HEADERS[1:], b'<p class="demo">', probe_answers.browser_rules)
    assert found["public-host-hsts"] == "warn"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"status": "ok", "checks": {"database": [{"status": "ok", "output": "x"}]}}', "ok"),
        (b'{"status": "warn", "checks": {"crls": [{"status": "fail", "output": "x"}]}}', "warn"),
        (b'{"status": "UP"}', "fail"),
        (b"[]", "fail"),
        (b"hello", "fail"),
    ],
)
def test_a43_what_the_service_says_of_itself(country: Country, body: bytes, verdict: str) -> None:
    assert said(country, (), body, probe_answers.health)["card-host-health"] == verdict


def test_version_numbers_are_a_warning(country: Country) -> None:
    assert said(country, ("Server: nginx/1.22.1",), b"", probe_answers.leaks) == {"server-versions": "warn"}
    assert said(country, ("Server: nginx",), b"", probe_answers.leaks) == {"server-versions": "ok"}


def test_every_probe_says_what_it_is_for() -> None:
    assert all(probe.__doc__ for probe in PROBES)


def test_the_advice_quotes_what_ships() -> None:
    """Directives that the shipped files don't have would send an operator looking for lines that aren't there."""
    shipped = "".join((ROOT / "deploy" / name).read_text() for name in ("haproxy.cfg", "haproxy-hosts.conf", "nginx.conf"))
    for line in (
        "http-request del-header ^(?!(host|cookie|", "http-request set-header X-Forwarded-For %[src]",
        "http-request set-header Client-Cert :%[ssl_c_der,base64]:", "unless at_public names_public or at_card names_card",
        "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets", "tune.ssl.cachesize 0", "[verify none]",
        "ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20", "http-after-response set-header Connection close if at_card",
        "proxy_pass_request_headers off;", "proxy_set_header Client-Cert $ssl_client_escaped_cert;", "if ($meant != card)",
        "proxy_set_header X-Forwarded-For $remote_addr;", "proxy_set_header Host $http_host;", "ssl_session_cache off;",
        "ssl_session_tickets off;", "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;", "ssl_verify_client optional;",
        "error_page 495 = @card", "keepalive_timeout 0;", "server_tokens off;",
    ):  # fmt: skip
        assert line in shipped, line
    told = " ".join(text for pair in REMEDIES.values() for text in pair)
    for word in ("del-header", "no-tls-tickets", "crt-ignore-err", "proxy_pass_request_headers off;", "keepalive_timeout 0;"):
        assert word in told
