"""The demo's own TLS root, apart from the card roots, and below it the certificates of its servers."""

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
LOCAL_HOST = "localhost"
"""Where the reader software answers, on every machine."""
_BEFORE, _LIFETIME = timedelta(hours=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """The TLS root, the leaf for both host names, and the one of the reader software's stand-in."""

    root: x509.Certificate
    leaf: x509.Certificate
    local: x509.Certificate


def server_certificates(root_key: PrivateKey, leaf_key: PrivateKey, local_key: PrivateKey, now: datetime) -> ServerCertificates:
    """A root that may vouch for names under ``localhost`` only, and leaves below it. All live for 30 days."""
    name = authority_name("TLS Root")
    root = (
        _certificate(name, name, root_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName("localhost")], None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = _leaf((PUBLIC_HOST, CARD_HOST), leaf_key, name, root_key, now)
    return ServerCertificates(root, leaf, _leaf((LOCAL_HOST,), local_key, name, root_key, now))


def _leaf(hosts: tuple[str, ...], key: PrivateKey, issuer: x509.Name, root_key: PrivateKey, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    return (
        _certificate(subject, issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage("digital_signature"), critical=True)
        .add_extension(SERVER_AUTHENTICATION, critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )


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
