"""Keys and certificates for the listener tests, and small clients that speak real TLS to a real port."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Address = tuple[str, int]
NOW = datetime.now(UTC)  # OpenSSL verifies by the machine's clock, so the material has to be made by it too
YEAR = timedelta(days=365)
CLIENT_AUTH = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SERVER_AUTH = (ExtendedKeyUsageOID.SERVER_AUTH,)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key; ``file`` holds both in PEM, for clients and listeners alike."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    file: Path

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def issue(
    folder: Path,
    subject: str,
    issuer: Identity | None = None,
    *,
    ca: bool = False,
    valid: tuple[datetime, datetime] = (NOW - YEAR, NOW + YEAR),
    usages: Sequence[x509.ObjectIdentifier] = CLIENT_AUTH,
    extra: Sequence[x509.ExtensionType] = (),
    file: str = "",
) -> Identity:
    """Self-signed where there is no issuer; each extension of ``extra`` is critical."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer.certificate.subject if issuer else name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    for extension in extra:
        builder = builder.add_extension(extension, critical=True)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    path = folder / f"{file or subject}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return Identity(certificate, key, path)


@dataclass(frozen=True)
class Material:
    """One of each card that the tests show to the listener, and the two server certificates."""

    server: Identity
    server_renewed: Identity
    root: Identity
    issuing: Identity
    issuing_expired: Identity
    card: Identity
    other_card: Identity
    expired: Identity
    not_yet_valid: Identity
    for_servers: Identity
    critical_extension: Identity
    by_expired_issuing: Identity
    by_stranger: Identity
    by_namesake: Identity


def make_material(folder: Path) -> Material:
    root = issue(folder, "Test Root", ca=True)
    issuing = issue(folder, "Test Issuing CA", root, ca=True)
    past = (NOW - 2 * YEAR, NOW - timedelta(days=1))
    issuing_expired = issue(folder, "Test Expired CA", root, ca=True, valid=past)
    stranger = issue(folder, "Somebody Else's CA", ca=True)
    namesake = issue(folder, "Test Issuing CA", stranger, ca=True, file="namesake")
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.246.517.99.1"), b"\x05\x00")
    return Material(
        server=issue(folder, "card.test", usages=SERVER_AUTH),
        server_renewed=issue(folder, "card.test", usages=SERVER_AUTH, file="renewed"),
        root=root,
        issuing=issuing,
        issuing_expired=issuing_expired,
        card=issue(folder, "card", issuing),
        other_card=issue(folder, "other card", issuing),
        expired=issue(folder, "expired", issuing, valid=past),
        not_yet_valid=issue(folder, "not yet valid", issuing, valid=(NOW + timedelta(days=1), NOW + YEAR)),
        for_servers=issue(folder, "for servers", issuing, usages=SERVER_AUTH),
        critical_extension=issue(folder, "critical", issuing, extra=[unknown]),
        by_expired_issuing=issue(folder, "by expired issuing", issuing_expired),
        by_stranger=issue(folder, "by stranger", stranger),
        by_namesake=issue(folder, "by namesake", namesake),
    )


def client_context(
    identity: Identity | None = None, version: ssl.TLSVersion | None = None, chain: Path | None = None
) -> ssl.SSLContext:
    """A client that takes any server; of one TLS version where one is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if identity is not None:
        context.load_cert_chain(chain or identity.file, identity.file)
    return context


def connect(
    address: Address,
    context: ssl.SSLContext,
    server_name: str | None = "card.test",
    session: ssl.SSLSession | None = None,
) -> ssl.SSLSocket:
    plain = socket.create_connection(address, timeout=10)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=server_name, session=session)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def seen(self) -> dict[str, Any]:
        """What the probe application saw."""
        seen: dict[str, Any] = json.loads(self.body)
        return seen


def read_answer(sock: socket.socket) -> Answer:
    response = http.client.HTTPResponse(sock)
    response.begin()
    body = response.read()
    return Answer(response.status, {key.lower(): value for key, value in response.getheaders()}, body)


def get(sock: socket.socket, path: str = "/", *headers: str, host: str = "card.test") -> Answer:
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    sock.sendall("\r\n".join(lines).encode("latin-1"))
    return read_answer(sock)


def ask(address: Address, identity: Identity | None = None, version: ssl.TLSVersion | None = None) -> Answer:
    """One request on a connection of its own."""
    with connect(address, client_context(identity, version)) as sock:
        return get(sock)
