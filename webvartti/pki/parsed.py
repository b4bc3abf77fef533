"""A certificate read once, completely: whatever can't be read fails here, and the rules after it see plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webvartti.domain.certificates import CertificateUnreadable
from webvartti.pki.distribution_points import DistributionPoint, read_points
from webvartti.pki.policy_mappings import PolicyMapping, read_policy_mappings

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

MAX_OCTETS = 16 * 1024
"""Cards' and CAs' certificates have about 2,000. The bound keeps the work on a stranger's bytes small."""

_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """The kind of a public key: ``curve`` for EC, ``bits`` for RSA; neither for any other kind."""

    bits: int = 0
    curve: str = ""

    def __str__(self) -> str:
        if self.curve:
            return f"EC key on {self.curve}"
        return f"RSA with {self.bits} bits" if self.bits else "a key neither RSA nor EC"


@dataclass(frozen=True, slots=True, eq=False)
class ParsedCertificate:
    """What RFC 5280 6.1 and the card profile look at. OIDs are dotted; None means that the extension is absent.

    ``is_self_issued`` (RFC 5280 3.2): one name as subject and issuer, whatever the key. ``signature_hash`` is empty where the
    signature has no hash or one that the library doesn't know.
    """

    der: bytes
    serial: int
    subject: x509.Name
    issuer: x509.Name
    is_self_issued: bool
    not_before: datetime
    not_after: datetime
    key: SubjectKey
    signature_hash: str
    is_ca: bool
    path_length: int | None
    key_usage: x509.KeyUsage | None
    extended_key_usage: frozenset[str] | None
    policies: frozenset[str] | None
    policy_mappings: tuple[PolicyMapping, ...]
    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None
    inhibit_any_policy: int | None
    distribution_points: tuple[DistributionPoint, ...]
    has_freshest_crl: bool

    @property
    def serial_text(self) -> str:
        """As in ``CardId.serial``."""
        return f"{self.serial:x}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, hex."""
        return sha256(self.der).hexdigest()


def parse_certificate(der: bytes) -> ParsedCertificate:
    """Raises CertificateUnreadable for anything but exactly one certificate by RFC 5280 of at most MAX_OCTETS."""
    if len(der) > MAX_OCTETS:
        raise CertificateUnreadable(f"more than {MAX_OCTETS} octets")
    try:
        return _parsed(der, x509.load_der_x509_certificate(der))
    except _UNREADABLE as error:
        # the parser's own words may repeat parts of the certificate, so only their kind is kept
        raise CertificateUnreadable(f"not a certificate by RFC 5280 ({type(error).__name__})") from None


def key_hash(certificate: ParsedCertificate) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo: how a CA is told from another of the same name.

    Raises CertificateUnreadable where the library doesn't know the kind of key.
    """
    try:
        key = x509.load_der_x509_certificate(certificate.der).public_key()
    except UnsupportedAlgorithm as error:
        raise CertificateUnreadable("unknown kind of public key") from error
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _parsed(der: bytes, certificate: x509.Certificate) -> ParsedCertificate:
    found = certificate.extensions
    values = {type(extension.value): extension.value for extension in found}
    basic = _of(x509.BasicConstraints, values)
    purposes = _of(x509.ExtendedKeyUsage, values)
    policies = _of(x509.CertificatePolicies, values)
    constraints = _of(x509.PolicyConstraints, values)
    inhibit_any = _of(x509.InhibitAnyPolicy, values)
    subject, issuer = certificate.subject, certificate.issuer
    return ParsedCertificate(
        der=der,
        serial=certificate.serial_number,
        subject=subject,
        issuer=issuer,
        is_self_issued=subject == issuer,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=_subject_key(certificate),
        signature_hash=_signature_hash(certificate),
        is_ca=basic is not None and basic.ca,
        path_length=None if basic is None else basic.path_length,
        key_usage=_of(x509.KeyUsage, values),
        extended_key_usage=None if purposes is None else frozenset(purpose.dotted_string for purpose in purposes),
        policies=None if policies is None else frozenset(policy.policy_identifier.dotted_string for policy in policies),
        policy_mappings=read_policy_mappings(found),
        require_explicit_policy=None if constraints is None else constraints.require_explicit_policy,
        inhibit_policy_mapping=None if constraints is None else constraints.inhibit_policy_mapping,
        inhibit_any_policy=None if inhibit_any is None else inhibit_any.skip_certs,
        distribution_points=read_points(_of(x509.CRLDistributionPoints, values) or (), issuer),
        has_freshest_crl=x509.FreshestCRL in values,
    )


def _of(kind: type[_Extension], values: Mapping[type[x509.ExtensionType], x509.ExtensionType]) -> _Extension | None:
    value = values.get(kind)
    return value if isinstance(value, kind) else None


def _subject_key(certificate: x509.Certificate) -> SubjectKey:
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return SubjectKey()
    if isinstance(key, rsa.RSAPublicKey):
        return SubjectKey(bits=key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return SubjectKey(curve=key.curve.name)
    return SubjectKey()


def _signature_hash(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return "" if algorithm is None else algorithm.name
