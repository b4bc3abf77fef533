"""Versions, ciphers, sessions, renegotiation, and clients that don't speak TLS."""

from __future__ import annotations

import socket
import ssl
import warnings

import pytest
from OpenSSL import SSL

from tests.integration.server.tls_material import Address, Material, ask, client_context, connect, get, read_answer
from webvartti.server import Server

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
REQUEST = b"GET / HTTP/1.1\r\nHost: card.test\r\n\r\n"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("first", "second"), [("card", "card"), ("public", "public"), ("public", "card")])
def test_a19_no_session_is_resumed(
    server: Server, material: Material, first: str, second: str, version: ssl.TLSVersion
) -> None:
    """OpenSSL sends tickets in TLS 1.3 even so, and pyOpenSSL can't stop it: they lead to a cache that isn't kept."""
    context = client_context(material.card, version)
    with connect(server.addresses[first], context) as sock:
        get(sock)
        session = sock.session
    assert session is not None
    with connect(server.addresses[second], context, session=session) as sock:
        assert get(sock).status == 200
        assert not sock.session_reused


def test_a19_no_ticket_holds_a_session(card: Address) -> None:
    context = client_context(None, ssl.TLSVersion.TLSv1_2)
    with connect(card, context) as sock:
        get(sock)
        assert sock.session is not None
        assert not sock.session.has_ticket
        assert sock.session.id == b""


def test_a21_renegotiation_is_refused(card: Address) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    with socket.create_connection(card, timeout=10) as sock:
        sock.settimeout(None)
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        connection.do_handshake()
        connection.renegotiate()
        with pytest.raises(SSL.Error, match="no renegotiation"):
            connection.do_handshake()
        assert connection.total_renegotiations() == 0 or connection.renegotiate_pending()


def test_a21_tls_1_1_is_refused(card: Address) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of what is tested here
        context = client_context(None, ssl.TLSVersion.TLSv1_1)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError) as refused:
        connect(card, context)
    assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"])
def test_a21_weak_ciphers_are_refused(card: Address, ciphers: str) -> None:
    context = client_context(None, ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(ciphers)
    with pytest.raises(ssl.SSLError) as refused:
        connect(card, context)
    assert refused.value.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


def test_old_cards_get_tls_1_2_only(server: Server, material: Material) -> None:
    address = server.addresses["old-cards"]
    assert ask(address, material.card).seen["webvartti.tls_version"] == "TLSv1.2"
    with pytest.raises(ssl.SSLError) as refused:
        ask(address, material.card, ssl.TLSVersion.TLSv1_3)
    assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_the_server_name_is_told_as_sent_or_not_at_all(card: Address) -> None:
    with connect(card, client_context(), server_name="PUBLIC.test") as sock:
        assert get(sock).seen["webvartti.tls_server_name"] == "PUBLIC.test"
    with connect(card, client_context(), server_name=None) as sock:
        assert "webvartti.tls_server_name" not in get(sock).seen


def test_plain_http_gets_a_400(card: Address, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(card, timeout=10) as sock:
        sock.sendall(REQUEST)
        answer = read_answer(sock)
        assert answer.status == 400
        assert b"HTTPS" in answer.body
        assert sock.recv(1) == b""
    assert capfd.readouterr() == ("", "")


def test_a21_bytes_before_the_handshake_never_reach_the_application(card: Address) -> None:
    with socket.create_connection(card, timeout=10) as plain:
        plain.sendall(REQUEST)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client_context().wrap_socket(plain)


def test_garbage_is_closed_quietly(card: Address, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(card, timeout=10) as sock:
        sock.sendall(b"\x16\x03\x01\xff\xff" + b"\x00" * 300)
        while sock.recv(1024):
            pass
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
