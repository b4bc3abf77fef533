"""The demo's own TLS root, apart from the card roots, and the server certificate of its two host names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from webvartti.demo.authorities import authority_name
from webvartti.demo.profile import SERVER_AUTHENTICATION, PrivateKey, key_usage

PUBLIC_HOST = "webvartti.localhost"
CARD_HOST = "card.webvartti.localhost"
_BEFORE, _LIFETIME = timedelta(hours=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """The TLS root, and the leaf for both host names."""

    root: x509.Certificate
    leaf: x509.Certificate


def server_certificates(root_key: PrivateKey, leaf_key: PrivateKey, now: datetime) -> ServerCertificates:
    """A root that may vouch for names under ``localhost`` only, and a leaf below it. Both live for 30 days."""
    name = authority_name("TLS Root")
    root = (
        _certificate(name, name, root_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName("localhost")], None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PUBLIC_HOST)])
    leaf = (
        _certificate(subject, name, leaf_key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage("digital_signature"), critical=True)
        .add_extension(SERVER_AUTHENTICATION, critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(PUBLIC_HOST), x509.DNSName(CARD_HOST)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return ServerCertificates(root, leaf)


def _certificate(subject: x509.Name, issuer: x509.Name, key: PrivateKey, now: datetime) -> x509.CertificateBuilder:
    """Serial numbers are random here: a browser that met two certificates of one issuer with one number would refuse both."""
    start = now.replace(microsecond=0) - _BEFORE
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
