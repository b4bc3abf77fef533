"""Which configured CAs stand above a CA, and whose CRLs tell the status of what it has issued."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from webvartti.domain.certificates import CertificateRefused
from webvartti.pki.crl_signer import may_sign_crls
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.path import CertificationPath, PathBuilder
from webvartti.pki.path_checks import check_strength, check_validity
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.trusted import Trust

IssuedCertificate = tuple[ParsedCertificate, str]
"""A certificate and the key of the CA that has issued it: what a CRL knows it by."""


class CrlAuthorities:
    """Worked out once from the configured certificates."""

    def __init__(self, trust: Trust, policy: PathPolicy) -> None:
        self._certificates = trust.certificates
        self._policy = policy
        self._above = _lines(trust)
        builder = PathBuilder(trust.anchors.values(), (issuer.certificate for issuer in trust.issuers.values()))
        self._paths: dict[str, CertificationPath] = {key: (anchor,) for key, anchor in trust.anchors.items()}
        for key, issuer in trust.issuers.items():
            with suppress(CertificateRefused):
                self._paths[key] = builder.build(issuer.certificate)
        self._signers = {key: (key, *self._other_signers(key)) for key in self._certificates}

    def path(self, key: str) -> tuple[IssuedCertificate, ...] | None:
        """The CA's own certificate and those above it, without the anchor; None where no line leads to one.

        By names and signatures alone: whether it is a path that a card may have is for the judge to say.
        """
        return self._above.get(key)

    def children(self, key: str) -> tuple[IssuedCertificate, ...]:
        """The configured CA certificates that this CA has issued."""
        below = (path[0] for path in self._above.values() if path)
        return tuple((certificate, issuer) for certificate, issuer in below if issuer == key)

    def signers(self, key: str) -> tuple[str, ...]:
        """Whose lists are for the certificates of this CA: its own first, then other keys of the same CA.

        RFC 5280 6.3.3 (f) lets any key of the CA's name sign. Two configured CAs of one name may as well be two CAs, each
        with lists of its own, so more is asked: one key has certified the other (a self-issued certificate, as in a key
        rollover), or both were certified by one CA and the key that issues certificates isn't allowed to sign lists.
        """
        return self._signers.get(key, ())

    def has_valid_path(self, key: str, now: datetime) -> bool:
        """Within the validity of every certificate up to the anchor."""
        try:
            check_validity(self._paths[key], now)
        except (KeyError, CertificateRefused):
            return False
        return True

    def _other_signers(self, key: str) -> tuple[str, ...]:
        namesakes = (other for other in self._paths if other != key and self._share_a_name(key, other))
        return tuple(other for other in namesakes if self._may_speak_for(other, key) and self._is_strong(other))

    def _share_a_name(self, key: str, other: str) -> bool:
        return self._certificates[key].subject == self._certificates[other].subject

    def _may_speak_for(self, signer: str, key: str) -> bool:
        if not may_sign_crls(self._certificates[signer]):
            return False
        certified, certifier = self._issuer(key), self._issuer(signer)
        same_issuer = certified is not None and certified == certifier
        return certified == signer or certifier == key or (same_issuer and not may_sign_crls(self._certificates[key]))

    def _issuer(self, key: str) -> str | None:
        path = self.path(key)
        return path[0][1] if path else None

    def _is_strong(self, key: str) -> bool:
        try:
            check_strength(self._paths[key], self._policy)
        except CertificateRefused:
            return False
        return True


def _lines(trust: Trust) -> dict[str, tuple[IssuedCertificate, ...]]:
    """For each CA below an anchor, its certificate and those above it, each with its issuer's key."""
    issuers = {key: _issuer_of(certificate, trust) for key, certificate in trust.certificates.items()}
    lines: dict[str, tuple[IssuedCertificate, ...]] = {}
    for key in issuers:
        line: list[IssuedCertificate] = []
        at: str | None = key
        while at is not None and at not in trust.anchors and len(line) < len(issuers):
            issuer = issuers[at]
            line += [(trust.certificates[at], issuer)] if issuer is not None else []
            at = issuer
        if at in trust.anchors:
            lines[key] = tuple(line)
    return lines


def _issuer_of(certificate: ParsedCertificate, trust: Trust) -> str | None:
    """The key of the configured CA that has signed it; several may have its issuer's name."""
    loaded = x509.load_der_x509_certificate(certificate.der)
    for key, other in trust.certificates.items():
        if other.subject == certificate.issuer:
            with suppress(ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
                loaded.verify_directly_issued_by(x509.load_der_x509_certificate(other.der))
                return key
    return None
