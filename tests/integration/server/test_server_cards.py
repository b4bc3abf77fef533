"""Which cards the listener lets through to the application, and which it answers with a TLS alert."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL

from tests.integration.server.tls_material import (
    Address,
    Identity,
    Material,
    ask,
    client_context,
    connect,
    get,
)

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
CERTIFICATE = "webvartti.client_certificate"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_certificate_reaches_the_application(card: Address, material: Material, version: ssl.TLSVersion) -> None:
    seen = ask(card, material.card, version).seen
    assert bytes.fromhex(seen[CERTIFICATE]) == material.card.der
    assert seen["webvartti.listener"] == "card"
    assert seen["webvartti.tls_server_name"] == "card.test"
    assert seen["webvartti.tls_version"] == version.name.replace("_", ".")
    assert seen["wsgi.url_scheme"] == "https"


def test_a08_the_identity_is_the_leaf_that_signed(card: Address, material: Material, tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    victim = material.other_card.certificate.public_bytes(serialization.Encoding.PEM)
    own = material.card.certificate.public_bytes(serialization.Encoding.PEM)
    chain.write_bytes(own + victim)
    with connect(card, client_context(material.card, chain=chain)) as sock:
        assert bytes.fromhex(get(sock).seen[CERTIFICATE]) == material.card.der


@pytest.mark.parametrize("version", VERSIONS)
def test_without_a_certificate_the_application_answers(card: Address, version: ssl.TLSVersion) -> None:
    answer = ask(card, None, version)
    assert answer.status == 200
    assert CERTIFICATE not in answer.seen


def test_the_public_listener_sees_no_certificate(public: Address, material: Material) -> None:
    seen = ask(public, material.card).seen
    assert CERTIFICATE not in seen
    assert seen["webvartti.listener"] == "public"
    assert seen["SERVER_NAME"] == "public.test"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("which", ["expired", "not_yet_valid", "for_servers", "critical_extension"])
def test_a09_what_a_page_explains_reaches_the_application(
    card: Address, material: Material, which: str, version: ssl.TLSVersion
) -> None:
    identity: Identity = getattr(material, which)
    answer = ask(card, identity, version)
    assert answer.status == 200
    assert bytes.fromhex(answer.seen[CERTIFICATE]) == identity.der


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("which", "alert"),
    [
        ("by_stranger", "TLSV1_ALERT_UNKNOWN_CA"),
        ("by_namesake", "TLSV1_ALERT_DECRYPT_ERROR"),
        ("by_expired_issuing", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    ],
)
def test_a09_what_nobody_trusts_is_refused_by_an_alert(
    card: Address, material: Material, which: str, alert: str, version: ssl.TLSVersion
) -> None:
    with pytest.raises(ssl.SSLError) as refused:
        ask(card, getattr(material, which), version)
    assert refused.value.reason == alert


def test_a_certificate_without_its_key_gets_nobody_in(card: Address, material: Material, tmp_path: Path) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    certificate: Any = material.card.certificate
    context.use_certificate(certificate)
    with socket.create_connection(card, timeout=10) as sock:
        sock.settimeout(None)
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        connection.do_handshake()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: card.test\r\n\r\n")
        assert CERTIFICATE.encode() not in connection.recv(65536)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_the_accepted_issuers_are_sent(card: Address, material: Material, version: int) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    with socket.create_connection(card, timeout=10) as sock:
        sock.settimeout(None)
        connection: Any = SSL.Connection(context, sock)
        connection.set_connect_state()
        connection.do_handshake()
        sent = connection.get_client_ca_list(as_cryptography=True)
    assert sent == [material.issuing.certificate.subject, material.issuing_expired.certificate.subject]
