"""The TLS of each front: which host a handshake is for, nothing old, nothing resumed, nothing before the handshake."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
from itertools import product

import pytest
from OpenSSL import SSL

from tests.integration.proxies.client import ask, connect, context, read, request
from tests.integration.proxies.fronts import Front
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST


def test_a19_nothing_is_resumed(front: Front) -> None:
    card = front.country.card("aino").chosen_pem
    listeners = ((front.public_port, PUBLIC_HOST, front.public_host), (front.card_port, CARD_HOST, front.card_host))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        tls = context(card, version)
        for port, name, host in listeners:
            with connect(port, name, tls) as first:
                first.sendall(request("GET", "/sign-in", host))
                read(first)
                session = first.session
            for next_port, next_name, next_host in listeners:
                with connect(next_port, next_name, tls, session) as second:
                    assert not second.session_reused
                    second.sendall(request("GET", "/", next_host))
                    assert read(second).status in (200, 303, 302)


def test_a20_the_handshake_and_the_host_header_must_name_the_same_host(front: Front) -> None:
    right = {PUBLIC_HOST: front.public_host, CARD_HOST: front.card_host}
    own = {} if front.proxied else {front.public_port: {PUBLIC_HOST}, front.card_port: {CARD_HOST}}
    names: list[str | None] = ["other.localhost", None]
    hosts = ["other.localhost", "127.0.0.1"]
    for own_name, own_host in right.items():
        names += [own_name, own_name.upper(), f"{own_name}.", f"x.{own_name}"]
        hosts += [own_host, own_host.upper(), own_host.replace(":", ".:"), f"*.{own_host}", f"{own_host}0"]
    for port in {front.public_port, front.card_port}:
        for name, host in product(names, hosts):
            asked = (name or "").lower()  # who names no host is told so
            fits = asked in own.get(port, right) and host.lower() == right[asked]
            assert (status(port, name, host) != 421) == fits, (name, host)


def status(port: int, name: str | None, host: str) -> int:
    return ask(port, name, request("GET", "/en/", host)).status


def test_a20_an_absolute_address_and_two_hosts_change_nothing(front: Front) -> None:
    absolute = request("GET", f"https://{front.card_host}/sign-in", front.public_host)
    assert ask(front.public_port, PUBLIC_HOST, absolute).status in (400, 421)
    twice = request("GET", "/en/", front.public_host, [b"Host: " + front.card_host.encode()])
    assert ask(front.public_port, PUBLIC_HOST, twice).status in (400, 421)
    nothing = b"GET /en/ HTTP/1.0\r\n\r\n"
    assert ask(front.public_port, PUBLIC_HOST, nothing).status in (400, 421)


def test_a20_only_the_card_host_asks_for_a_certificate_and_names_the_issuing_cas(front: Front) -> None:
    asked = {
        name: accepted_names(port, name) for port, name in ((front.public_port, PUBLIC_HOST), (front.card_port, CARD_HOST))
    }
    assert asked[PUBLIC_HOST] == []
    issuers = {path.stem for path in (front.country.directory / "ca").glob("*.pem")}
    assert issuers
    names = [dict(name)[b"CN"].decode() for name in asked[CARD_HOST]]
    assert names
    assert not [name for name in names if "Root" in name]
    if front.name != "embedded":
        assert accepted_names(front.card_port, None) == accepted_names(front.card_port, "other.localhost") == []


def accepted_names(port: int, name: str | None) -> list[list[tuple[bytes, bytes]]]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.setblocking(True)
        connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), plain)
        if name is not None:
            connection.set_tlsext_host_name(name.encode())
        connection.set_connect_state()
        connection.do_handshake()
        return [one.get_components() for one in connection.get_client_ca_list()]


def test_a21_no_renegotiation(front: Front) -> None:
    for port, name, host in (
        (front.public_port, PUBLIC_HOST, front.public_host),
        (front.card_port, CARD_HOST, front.card_host),
    ):
        tls = SSL.Context(SSL.TLS_CLIENT_METHOD)
        tls.set_max_proto_version(SSL.TLS1_2_VERSION)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.setblocking(True)
            connection = SSL.Connection(tls, plain)
            connection.set_tlsext_host_name(name.encode())
            connection.set_connect_state()
            connection.do_handshake()
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n".encode())
            assert connection.renegotiate()
            with pytest.raises(SSL.Error):
                renegotiated(connection)


def renegotiated(connection: SSL.Connection) -> None:
    """Returns where the server has gone along."""
    connection.do_handshake()
    connection.sendall(b"\r\n")
    while connection.recv(4096) or connection.renegotiate_pending():
        pass


def test_a21_bytes_before_the_handshake_reach_no_application(front: Front) -> None:
    for port, host in ((front.public_port, front.public_host), (front.card_port, front.card_host)):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
            sock.sendall(request("GET", "/en/", host))
            received = b""
            try:
                while piece := sock.recv(65536):
                    received += piece
            except ConnectionError:
                pass
        assert not received or b" 400 " in received.splitlines()[0], received[:200]
        assert b"Content-Security-Policy" not in received  # the application's own mark


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=str)
def test_a21_old_versions_are_refused(front: Front, version: ssl.TLSVersion) -> None:
    for port, name in ((front.public_port, PUBLIC_HOST), (front.card_port, CARD_HOST)):
        with pytest.warns(DeprecationWarning, match="deprecated"):
            tls = context(version=version)
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError, match=r"(?i)alert|version"):
            connect(port, name, tls).close()


@pytest.mark.parametrize(
    "cipher",
    ["AES128-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA"],
)
def test_a21_ciphers_without_forward_secrecy_or_authentication_are_refused(front: Front, cipher: str) -> None:
    for port, name in ((front.public_port, PUBLIC_HOST), (front.card_port, CARD_HOST)):
        tls = context(version=ssl.TLSVersion.TLSv1_2)
        tls.set_ciphers(f"{cipher}:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connect(port, name, tls).close()


def test_a21_what_is_sound_is_taken(front: Front) -> None:
    for version, suites in ((ssl.TLSVersion.TLSv1_2, "ECDHE"), (ssl.TLSVersion.TLSv1_3, "TLS_")):
        for port, name in ((front.public_port, PUBLIC_HOST), (front.card_port, CARD_HOST)):
            with connect(port, name, context(version=version)) as sock:
                assert (sock.cipher() or ("",))[0].startswith(suites)


def test_http2_is_not_spoken(proxy: Front) -> None:
    """Over HTTP/2 a browser would send the card host's requests on the public host's connection."""
    tls = context()
    tls.set_alpn_protocols(["h2", "http/1.1"])
    with connect(proxy.public_port, PUBLIC_HOST, tls) as sock:
        assert sock.selected_alpn_protocol() in ("http/1.1", None)
        sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        with contextlib.suppress(ConnectionError, http.client.HTTPException):  # cut without an answer
            assert read(sock).status in (400, 405, 505)
