"""The certification path of a leaf: the part above its issuer verified once, at the start; the rest for every leaf.

The configured certificates never change after the start, and so the path from an issuing CA up to its anchor is the same for
every card. Here it is verified once (``whole_path``: RFC 5280 6.1 without times and policies), and a leaf is then verified by
OpenSSL against its issuer alone (PARTIAL_CHAIN). This **only ever says yes**: whatever isn't accepted this way goes the whole
way, which gives the verdict and the reason. A yes is one that the whole way would give too, because each check of the
whole way falls under one of these:

- about certificates above the leaf only: their signatures, names, key identifiers, CA flag and keyCertSign of those above the
  issuer, unknown critical extensions, name constraints on the CAs. The verification at the start has made them.
- about the leaf, or the leaf and its issuer: signature, names, key identifiers, unknown critical extensions of either,
  the issuer's CA flag, its keyCertSign, its name constraints. They are made for every leaf, by the same OpenSSL code, which is
  laxer in one point: what it trusts may be a CA by keyUsage alone. So an issuer that doesn't say CA:TRUE isn't kept.
- path lengths: the verification at the start looks at the issuer as an end, one certificate short, so they are counted here
  (RFC 5280 6.1.4 (l), (m); the last certificate of a path never counts).
- what a CA above the issuer says of the leaf: name constraints, and address blocks (RFC 3779). An issuer below a CA that has
  any extension but those known to say nothing of the leaf here isn't kept: its leaves all go the whole way.

Times, revocation, strengths, purposes and policies aren't settled here at all: they are asked of every certificate of the
path at every judgement (``path_checks``, ``revocation``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from OpenSSL import crypto

from webvartti.domain.certificates import CertificateRefused
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.whole_path import (
    NO_CHECK_TIME,
    CertificationPath,
    WholePathBuilder,
    drain_error_queue,
    load_for_openssl,
)

__all__ = ["CertificationPath", "PathBuilder"]


_NOT_OF_THE_LEAF = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.SUBJECT_INFORMATION_ACCESS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
    }
)
"""Extensions of a CA from which OpenSSL concludes nothing about the certificates below the next one. (Purposes and policies it
isn't asked about.)"""


@dataclass(frozen=True, slots=True)
class _VerifiedIssuer:
    """``path`` is from the issuer to the anchor, verified; ``store`` trusts the issuer and nothing else."""

    path: CertificationPath
    store: crypto.X509Store


class PathBuilder:
    """Nothing changes after the start, so threads may share it.

    Only anchors are trusted. Intermediates are candidates, and the only ones: what a client sends along is never used.
    """

    def __init__(self, anchors: Iterable[ParsedCertificate], intermediates: Iterable[ParsedCertificate]) -> None:
        candidates = tuple(intermediates)
        self._whole = WholePathBuilder(anchors, candidates)
        self._own = frozenset(candidate.der for candidate in candidates)
        self._issuers = _verified_issuers(self._whole, candidates)

    @property
    def verified_once(self) -> tuple[CertificationPath, ...]:
        """From each issuer whose path above was verified at the start."""
        return tuple(issuer.path for namesakes in self._issuers.values() for issuer in namesakes)

    def build(self, leaf: ParsedCertificate) -> CertificationPath:
        """Raises PathInvalid, or NotACardCertificate for a leaf with an unknown critical extension."""
        loaded = load_for_openssl(leaf)
        if leaf.der not in self._own:  # OpenSSL would take a trusted certificate for its own, complete path
            for issuer in self._issuers.get(leaf.issuer, ()):
                if _has_issued(issuer, loaded):
                    return (leaf, *issuer.path)
        return self._whole.build(leaf, loaded)


def _has_issued(issuer: _VerifiedIssuer, leaf: crypto.X509) -> bool:
    try:
        crypto.X509StoreContext(issuer.store, leaf).verify_certificate()
    except crypto.X509StoreContextError:
        drain_error_queue()
        return False
    return True


def _verified_issuers(
    whole: WholePathBuilder, candidates: Iterable[ParsedCertificate]
) -> Mapping[x509.Name, tuple[_VerifiedIssuer, ...]]:
    found: dict[x509.Name, tuple[_VerifiedIssuer, ...]] = {}
    for candidate in candidates:
        loaded = load_for_openssl(candidate)
        try:
            path = whole.build(candidate, loaded)
        except CertificateRefused:
            continue
        if candidate.is_ca and _within_path_lengths(path) and not any(map(_may_concern_the_leaf, path[1:])):
            verified = _VerifiedIssuer(path, _store_of(loaded))
            found[candidate.subject] = (*found.get(candidate.subject, ()), verified)
    return found


def _within_path_lengths(path: CertificationPath) -> bool:
    """Whether each CA of a path from an issuer to its anchor allows as many CAs below it as there are."""
    below = 0
    for certificate in path:
        if certificate.path_length is not None and certificate.path_length < below:
            return False
        below += not certificate.is_self_issued
    return True


def _may_concern_the_leaf(above_issuer: ParsedCertificate) -> bool:
    extensions = x509.load_der_x509_certificate(above_issuer.der).extensions
    return any(extension.oid not in _NOT_OF_THE_LEAF for extension in extensions)


def _store_of(issuer: crypto.X509) -> crypto.X509Store:
    store = crypto.X509Store()
    store.set_flags(NO_CHECK_TIME | crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.add_cert(issuer)
    return store
