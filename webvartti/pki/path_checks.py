"""What RFC 5280 6.1 and the path policy demand of every certificate below the anchor, once the path is built."""

from __future__ import annotations

from datetime import datetime

from webvartti.domain.certificates import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRefused,
    ExtendedKeyUsageUnsuitable,
    KeyTooWeak,
    PathInvalid,
    SignatureAlgorithmTooWeak,
)
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.path import CertificationPath
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.policies import check_policies
from webvartti.pki.trusted import Trust


def check_path(path: CertificationPath, policy: PathPolicy, now: datetime) -> None:
    """Everything that ``PathBuilder`` leaves open. Raises the CertificateRefused that applies first."""
    check_strength(path, policy)
    check_validity(path, now)
    check_extended_key_usage(path, policy)
    check_policies(path, policy)


def check_strength(path: CertificationPath, policy: PathPolicy) -> None:
    """Raises KeyTooWeak or SignatureAlgorithmTooWeak: nothing is believed that stands in a path which can be forged."""
    for certificate in path[:-1]:
        check_key(certificate, policy)
        check_signature_hash(certificate, policy)


def check_key(certificate: ParsedCertificate, policy: PathPolicy) -> None:
    """Raises KeyTooWeak."""
    key = certificate.key
    if not (key.curve in policy.accepted_curves if key.curve else 0 < key.bits >= policy.minimum_rsa_bits):
        raise KeyTooWeak(f"{key} isn't accepted")


def check_signature_hash(certificate: ParsedCertificate, policy: PathPolicy) -> None:
    """Raises SignatureAlgorithmTooWeak. Not for an anchor: its own signature proves nothing."""
    if certificate.signature_hash not in policy.accepted_signature_hashes:
        raise SignatureAlgorithmTooWeak(f"signature with {certificate.signature_hash or 'no known hash'}")


def weak_authorities(trust: Trust, policy: PathPolicy) -> tuple[str, ...]:
    """The configured CAs below which every card is refused, or an anchor whose key would be too weak there; each with why."""
    found = []
    for key, certificate in trust.certificates.items():
        try:
            check_key(certificate, policy)
            if key in trust.issuers:
                check_signature_hash(certificate, policy)
        except CertificateRefused as refusal:
            found.append(f"{trust.name(key)}: {refusal.detail}")
    return tuple(found)


def check_validity(path: CertificationPath, now: datetime) -> None:
    """Raises CertificateExpired or CertificateNotYetValid for the leaf, PathInvalid for a CA; the anchor's times count too."""
    leaf, *above = path
    if is_expired(leaf, now):
        raise CertificateExpired(f"since {leaf.not_after.isoformat()}")
    if is_not_yet_valid(leaf, now):
        raise CertificateNotYetValid(f"until {leaf.not_before.isoformat()}")
    if any(is_expired(certificate, now) or is_not_yet_valid(certificate, now) for certificate in above):
        raise PathInvalid("a CA certificate of the path is outside its validity")


def is_expired(certificate: ParsedCertificate, now: datetime) -> bool:
    """RFC 5280 4.1.2.5: notAfter is inclusive, and certificates count whole seconds."""
    return now.replace(microsecond=0) > certificate.not_after


def is_not_yet_valid(certificate: ParsedCertificate, now: datetime) -> bool:
    """RFC 5280 4.1.2.5: notBefore is inclusive."""
    return now < certificate.not_before


def check_extended_key_usage(path: CertificationPath, policy: PathPolicy) -> None:
    """Raises ExtendedKeyUsageUnsuitable where the extension is present anywhere below the anchor and lacks the purpose."""
    required = policy.required_extended_key_usage
    for certificate in path[:-1]:
        purposes = certificate.extended_key_usage
        if required is not None and purposes is not None and required not in purposes:
            raise ExtendedKeyUsageUnsuitable(f"extendedKeyUsage without {required}")
