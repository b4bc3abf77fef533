"""What an attacker would try to be taken for, without any card."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from webvartti.doctor.errors import CertificateNotUsable
from webvartti.doctor.tls_client import Identity


def parse_certificate(der: bytes) -> x509.Certificate:
    """Raises CertificateNotUsable."""
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as problem:
        raise CertificateNotUsable("the certificate to forge with isn't an X.509 certificate") from problem


def self_made(now: datetime) -> Identity:
    """Nobody's certificate: vouched for by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Forged by the doctor")])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=365))
    builder = builder.add_extension(usage, critical=True)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def clone(original: x509.Certificate, now: datetime, *, expired: bool = False) -> Identity:
    """Every field of the original but the key, and so the signature. ``expired``: its validity has just ended.

    Proxies are told to let expired cards through, so that the application can explain it: a forged one mustn't come along.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(original.issuer, original.subject, key.public_key(), original.serial_number)
    before, after = original.not_valid_before_utc, original.not_valid_after_utc
    if expired:
        after = now - timedelta(days=1)
        before = min(before, after - timedelta(days=365))
    builder = builder.not_valid_before(before).not_valid_after(after)
    for extension in original.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def rfc9440(certificate: x509.Certificate) -> bytes:
    """As RFC 9440 2.2 writes it."""
    return b":" + b64encode(certificate.public_bytes(Encoding.DER)) + b":"


def nginx_escaped_pem(certificate: x509.Certificate) -> bytes:
    """As nginx's $ssl_client_escaped_cert is written."""
    return quote(certificate.public_bytes(Encoding.PEM), safe="").encode()
