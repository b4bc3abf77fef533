"""The certification authorities of the demo country: for each algorithm a root, its issuing CAs, and an impostor.

The impostor has the names of the root and of the CA for professionals, and other keys; it stands in no trust file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from cryptography import x509
from cryptography.x509.oid import NameOID

from webvartti.demo.keys import KeyShape
from webvartti.demo.profile import (
    COUNTRY,
    ORGANISATION,
    PrivateKey,
    key_usage,
    policies_extension,
    policies_of,
    signature_hash,
)
from webvartti.demo.serials import long_serial
from webvartti.demo.story import KeyAlgorithm
from webvartti.domain.products import CardKind

_ROOT_AGE, _ROOT_LEFT = timedelta(days=10 * 365), timedelta(days=15 * 365)
_ISSUER_AGE, _ISSUER_LEFT = timedelta(days=8 * 365), timedelta(days=10 * 365)

ISSUED_KINDS: dict[CardKind, str] = {
    CardKind.PROFESSIONAL: "Professional Cards CA",
    CardKind.STAFF: "Staff Cards CA",
    CardKind.ACTOR: "Actor Cards CA",
    CardKind.BACKUP: "Backup Cards Temporary Certificates CA",
}
"""The kinds of card, each with an issuing CA of its own, since an issuer is configured with one kind."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate and its key, which is never written to a file."""

    label: str
    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The CAs of one algorithm. ``impostor`` issues forged professional cards."""

    algorithm: KeyAlgorithm
    root: Authority
    issuers: Mapping[CardKind, Authority]
    impostor: Authority

    @property
    def trusted(self) -> tuple[Authority, ...]:
        """The root and the issuing CAs that stand in the trust file."""
        return (self.root, *self.issuers.values())


def authority_keys(algorithm: KeyAlgorithm) -> dict[str, KeyShape]:
    """The names and shapes of the keys that ``build_hierarchy`` needs."""
    shape = KeyShape.RSA_3072 if algorithm is KeyAlgorithm.RSA_2048 else KeyShape.P_384
    labels = ["root", *ISSUED_KINDS, "impostor-root", "impostor"]
    return {_label(name, algorithm): shape for name in labels}


def build_hierarchy(algorithm: KeyAlgorithm, keys: Mapping[str, PrivateKey], random: Random, now: datetime) -> Hierarchy:
    """All CAs of one algorithm, valid around ``now``."""

    def key(name: str) -> PrivateKey:
        return keys[_label(name, algorithm)]

    builder = _AuthorityBuilder(algorithm, random, now)
    root = builder.root("root", key("root"))
    issuers = {kind: builder.issuer(kind, kind, key(kind), root) for kind in ISSUED_KINDS}
    impostor_root = builder.root("impostor-root", key("impostor-root"))
    impostor = builder.issuer("impostor", CardKind.PROFESSIONAL, key("impostor"), impostor_root)
    return Hierarchy(algorithm, root, issuers, impostor)


def _label(name: str, algorithm: KeyAlgorithm) -> str:
    """What files and keys are called: professional-rsa, root-ecc."""
    return f"{name}-{_family(algorithm).lower()}"


def _family(algorithm: KeyAlgorithm) -> str:
    return "RSA" if algorithm is KeyAlgorithm.RSA_2048 else "ECC"


def authority_name(role: str) -> x509.Name:
    """The name of a demo CA: never one of DVV's."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{ORGANISATION} {role}"),
        ]
    )


@dataclass(frozen=True, slots=True)
class _AuthorityBuilder:
    algorithm: KeyAlgorithm
    random: Random
    now: datetime

    def root(self, name: str, key: PrivateKey) -> Authority:
        subject = authority_name(f"Root CA {_family(self.algorithm)}")
        builder = self._certificate(subject, subject, key, None, self.now - _ROOT_AGE, self.now + _ROOT_LEFT)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        return Authority(_label(name, self.algorithm), builder.sign(key, signature_hash(key)), key)

    def issuer(self, name: str, kind: CardKind, key: PrivateKey, root: Authority) -> Authority:
        subject = authority_name(f"{ISSUED_KINDS[kind]} {_family(self.algorithm)}")
        issuer = root.certificate.subject
        builder = self._certificate(subject, issuer, key, 0, self.now - _ISSUER_AGE, self.now + _ISSUER_LEFT)
        builder = builder.add_extension(authority_key_identifier(root), critical=False)
        builder = builder.add_extension(policies_extension(*policies_of(kind)), critical=False)
        return Authority(_label(name, self.algorithm), builder.sign(root.key, signature_hash(root.key)), key)

    def _certificate(
        self, subject: x509.Name, issuer: x509.Name, key: PrivateKey, path_length: int | None, start: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        """What every CA certificate has (RFC 5280 4.2.1.9: path length counts the CAs below)."""
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(long_serial(self.random))
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def authority_key_identifier(authority: Authority) -> x509.AuthorityKeyIdentifier:
    """AKI from the issuer's SKI."""
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
