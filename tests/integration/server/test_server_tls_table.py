"""What the listeners accept, found out by handshakes, is what the table in docs/security.md says."""

from __future__ import annotations

import re
import socket
import ssl
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL

from tests.integration.server.conftest import ListenerMaker
from tests.integration.server.tls_material import NOW, Address, Material, client_context, connect, get, name
from webvartti.server import Server

DOCUMENT = Path(__file__).parents[3] / "docs" / "security.md"
TLS13_SUITES = (
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
"""All that RFC 8446 B.4 knows."""
GROUPS = ("X25519", "X448", "prime256v1", "secp384r1", "secp521r1", "secp224r1", "secp256k1", "brainpoolP256r1", "sect283r1")


def documented(first: str) -> set[str]:
    """The names in backticks of the table's rows that begin with this."""
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {first}")]
    return {found for row in rows for found in re.findall("`([^`]+)`", row.split("|")[2])}


@pytest.fixture(scope="module")
def rsa_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server certificate with an RSA key: certificate and key in one file."""
    key = rsa.generate_private_key(65537, 2048)
    certificate = (
        x509.CertificateBuilder().subject_name(name("card.test")).issuer_name(name("card.test")).public_key(key.public_key())
        .serial_number(1).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("rsa") / "server.pem"
    formats = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *formats) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(scope="module")
def both_keys(make_listener: ListenerMaker, rsa_server: Path) -> Iterator[tuple[Address, Address]]:
    """A card listener and a public one, the first with an ECDSA certificate, the second with an RSA one."""
    public = {"client_certificates": None, "certificate_file": rsa_server, "key_file": rsa_server}
    with Server([make_listener("card"), make_listener("public", **public)]) as server:
        yield server.addresses["card"], server.addresses["public"]


def anything(version: ssl.TLSVersion, suites: str = "ALL:COMPLEMENTOFALL") -> ssl.SSLContext:
    """A client of one version without any scruples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of what is tested here
        context = client_context(None, version)
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    return context


def accepted(address: Address, context: ssl.SSLContext) -> str | None:
    """The suite that was agreed on, None where there was no handshake."""
    try:
        with connect(address, context) as sock:
            suite = sock.cipher()
    except OSError:
        return None
    return suite[0] if suite else None


def accepts_tls13(address: Address, suite: str) -> bool:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(suite.encode())
    with socket.create_connection(address, timeout=10) as sock:
        sock.settimeout(None)
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        try:
            connection.do_handshake()
        except SSL.Error:
            return False
        assert connection.get_cipher_name() == suite
    return True


def test_a21_the_suites_of_tls_1_2_are_those_of_the_table(both_keys: tuple[Address, Address]) -> None:
    known = [each["name"] for each in anything(ssl.TLSVersion.TLSv1_2).get_ciphers() if each["protocol"] != "TLSv1.3"]
    assert len(known) > 100
    found = {
        suite for suite in known for address in both_keys if accepted(address, anything(ssl.TLSVersion.TLSv1_2, suite)) == suite
    }
    assert found == documented("TLS 1.2")
    assert len(found) == 6


def test_a21_the_suites_of_tls_1_3_are_those_of_the_table(both_keys: tuple[Address, Address]) -> None:
    for address in both_keys:
        assert {suite for suite in TLS13_SUITES if accepts_tls13(address, suite)} == documented("TLS 1.3")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a21_no_older_version_is_accepted(both_keys: tuple[Address, Address], version: ssl.TLSVersion) -> None:
    for address in both_keys:
        with pytest.raises(ssl.SSLError) as refused:
            connect(address, anything(version))
        assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"  # the server's answer, not our client's


def test_a21_the_groups_are_those_of_the_table(both_keys: tuple[Address, Address]) -> None:
    found = set()
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for group in GROUPS:
            context = anything(version)
            context.set_ciphers("ECDHE:@SECLEVEL=0")
            context.set_ecdh_curve(group)
            if accepted(both_keys[1], context):
                found.add(group)
    assert found == documented("groups") - {"X25519MLKEM768", "ffdhe2048", "ffdhe3072"}  # Python can't ask for these one by one


def test_the_hybrid_group_is_chosen_by_those_who_know_it(both_keys: tuple[Address, Address]) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    with socket.create_connection(both_keys[0], timeout=10) as sock:
        sock.settimeout(None)
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        connection.do_handshake()
        chosen = connection.get_group_name()
    assert chosen in documented("groups")
    assert chosen in ("X25519MLKEM768", "x25519")  # the second where OpenSSL is older than 3.5


def test_another_protocol_is_turned_away(both_keys: tuple[Address, Address], material: Material) -> None:
    context = client_context(material.card)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(both_keys[0], context) as sock:
        assert sock.selected_alpn_protocol() == "http/1.1"
        assert get(sock).status == 200
    for offered in (["ftp"], ["h2"], ["imap", "pop3"]):
        context.set_alpn_protocols(offered)
        with pytest.raises(ssl.SSLError):
            connect(both_keys[0], context)
    with connect(both_keys[0], client_context(material.card)) as sock:  # who says nothing means HTTP
        assert get(sock).status == 200
