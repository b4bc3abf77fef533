"""A small certificate authority for the tests of this room: it also makes the certificates that no honest CA would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEST_POLICY = "1.2.246.517.99.10.1"
REAL_POLICY = "1.2.246.517.1.10.1"
ANY_POLICY = "2.5.29.32.0"
NUMBER = "00098705718"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Extension = tuple[x509.ExtensionType, bool]
"""(value, critical)."""


@dataclass
class KeyRing:
    """Keys by name, made once a test run: RSA keys take their time."""

    made: dict[tuple[str, str], PrivateKey] = field(default_factory=dict)

    def key(self, kind: str, name: str) -> PrivateKey:
        """``kind`` is rsa, rsa1024, p384 or p224."""
        if (kind, name) not in self.made:
            self.made[kind, name] = _new_key(kind)
        return self.made[kind, name]


def _new_key(kind: str) -> PrivateKey:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    return ec.generate_private_key(ec.SECP384R1() if kind == "p384" else ec.SECP224R1())


def ca_name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FI"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "WebVartti test"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def attribute(oid: ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    """UTF8String, the type that takes any text."""
    return x509.NameAttribute(oid, value, _ASN1Type.UTF8String, _validate=False)


def person(
    number: str = NUMBER, surname: str = "Mäkinen", given_name: str = "Åsa", *more: x509.NameAttribute[str]
) -> x509.Name:
    """The common name says something else on purpose: nobody may read it."""
    return x509.Name(
        [
            attribute(NameOID.COMMON_NAME, "Someone Else 11122233344"),
            attribute(NameOID.SERIAL_NUMBER, number),
            attribute(NameOID.SURNAME, surname),
            attribute(NameOID.GIVEN_NAME, given_name),
            *more,
        ]
    )


def key_usage(*allowed: str) -> x509.KeyUsage:
    words = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{word: word in allowed for word in words})


def policies(*oids: str) -> Extension:
    return x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in oids]), False


AUTHENTICATION: Extension = (key_usage("digital_signature", "key_encipherment", "data_encipherment"), True)
SIGNING: Extension = (key_usage("content_commitment"), True)
CA_USAGE: Extension = (key_usage("key_cert_sign", "crl_sign"), True)
CARD_EXTENSIONS: tuple[Extension, ...] = (AUTHENTICATION, policies(TEST_POLICY))


@dataclass(frozen=True)
class Authority:
    """A CA certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self,
        subject: x509.Name,
        key: PrivateKey,
        extensions: Iterable[Extension] = CARD_EXTENSIONS,
        *,
        serial: int | None = None,
        not_before: datetime = NOW - timedelta(days=100),
        not_after: datetime = NOW + timedelta(days=1000),
        pss: bool = False,
        with_issuer_key: bool = True,
    ) -> x509.Certificate:
        """``with_issuer_key``: with an authorityKeyIdentifier."""
        aki = (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        rsa_padding = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH) if pss else None
        return _builder(
            self.certificate.subject,
            subject,
            key,
            [*extensions, *([aki] if with_issuer_key else [])],
            serial,
            not_before,
            not_after,
        ).sign(self.key, hashes.SHA256(), rsa_padding=rsa_padding)

    def issue_ca(
        self, name: str, key: PrivateKey, extensions: Iterable[Extension] = (), not_after: datetime = NOW + timedelta(days=2000)
    ) -> Authority:
        given = tuple(extensions)
        kinds = {type(value) for value, _ in given}
        usual: tuple[Extension, ...] = (
            (x509.BasicConstraints(True, 0), True),
            CA_USAGE,
            policies(TEST_POLICY, REAL_POLICY),
        )
        chosen = [*given, *(each for each in usual if type(each[0]) not in kinds)]
        return Authority(self.issue(ca_name(name), key, chosen, not_after=not_after), key)

    def crl(
        self,
        revoked: Iterable[x509.RevokedCertificate] = (),
        *,
        number: int | None = 1,
        extensions: Iterable[Extension] = (),
        this_update: datetime = NOW - timedelta(hours=1),
        next_update: datetime = NOW + timedelta(days=1),
        pss: bool = False,
    ) -> bytes:
        """DER."""
        # the whole list at once: adding one by one copies the list each time
        builder = x509.CertificateRevocationListBuilder(self.certificate.subject, revoked_certificates=list(revoked))
        builder = builder.last_update(this_update).next_update(next_update)
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for value, critical in extensions:
            builder = builder.add_extension(value, critical=critical)
        rsa_padding = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH) if pss else None
        return builder.sign(self.key, hashes.SHA256(), rsa_padding=rsa_padding).public_bytes(Encoding.DER)


def new_root(
    name: str, key: PrivateKey, *, path_length: int | None = None, not_after: datetime = NOW + timedelta(days=3000)
) -> Authority:
    extensions: list[Extension] = [(x509.BasicConstraints(True, path_length), True), CA_USAGE]
    before = NOW - timedelta(days=1000)
    builder = _builder(ca_name(name), ca_name(name), key, extensions, None, before, not_after)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def revoked(serial: int, reason: x509.ReasonFlags | None = None, *extensions: Extension) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - timedelta(days=2))
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    return builder.build()


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def signed_with_sha1(signed: bytes, to_sign: bytes, issuer_key: PrivateKey) -> bytes:
    """The same certificate or CRL with sha1WithRSAEncryption, which the library's builders won't write.

    ``to_sign`` is the part of ``signed`` that the signature covers. Both OIDs have one length, and so have both signatures.
    """
    assert isinstance(issuer_key, rsa.RSAPrivateKey)
    sha256_rsa, sha1_rsa = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    signature = issuer_key.sign(to_sign.replace(sha256_rsa, sha1_rsa), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - weak on purpose
    return signed.replace(sha256_rsa, sha1_rsa)[: -len(signature)] + signature


def certificate_with_sha1(certificate: x509.Certificate, issuer_key: PrivateKey) -> x509.Certificate:
    return x509.load_der_x509_certificate(signed_with_sha1(der(certificate), certificate.tbs_certificate_bytes, issuer_key))


def _builder(
    issuer: x509.Name,
    subject: x509.Name,
    key: PrivateKey,
    extensions: Iterable[Extension],
    serial: int | None,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    number = x509.random_serial_number() if serial is None else serial
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), number)
    builder = builder.not_valid_before(not_before).not_valid_after(not_after)
    ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    for value, critical in (*extensions, (ski, False)):
        builder = builder.add_extension(value, critical=critical)
    return builder
