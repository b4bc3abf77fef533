"""Whom this installation trusts: the anchors, and the issuing CAs with what their cards are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from webvartti.domain.products import CardKind
from webvartti.pki.parsed import ParsedCertificate


@dataclass(frozen=True, slots=True)
class IssuingCa:
    """One configured issuing CA. ``policies`` are the certificate policies accepted on its cards, dotted."""

    key: str
    certificate: ParsedCertificate
    kind: CardKind
    namespace: str
    policies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trust:
    """Anchors and issuers by the SHA-256 (hex) of their SubjectPublicKeyInfo; by the same key the addresses of their CRLs.

    Nothing is ever fetched from another address, least of all from one that a certificate or a CRL names.
    """

    anchors: Mapping[str, ParsedCertificate]
    issuers: Mapping[str, IssuingCa]
    crl_addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def certificates(self) -> dict[str, ParsedCertificate]:
        """Anchors and issuing CAs by key: everyone whose CRL counts."""
        return {**self.anchors, **{key: issuer.certificate for key, issuer in self.issuers.items()}}

    def name(self, key: str) -> str:
        """The subject of a configured CA as RFC 4514 text, with the beginning of its key where two have one name."""
        certificates = self.certificates
        subject = certificates[key].subject
        namesakes = sum(other.subject == subject for other in certificates.values())
        return subject.rfc4514_string() + (f" (key {key[:8]})" if namesakes > 1 else "")

    def anchor_and_issuer_certificates(self) -> tuple[bytes, ...]:
        """DER: what a TLS listener verifies client certificates with."""
        return tuple(certificate.der for certificate in self.certificates.values())

    def issuer_certificates(self) -> tuple[bytes, ...]:
        """DER: their subjects are the names that the card listener sends, so that browsers offer cards only."""
        return tuple(issuer.certificate.der for issuer in self.issuers.values())
