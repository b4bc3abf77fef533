"""Building and verifying a certification path from a leaf to a configured anchor in one go, with OpenSSL.

OpenSSL checks signatures, name chaining, basicConstraints, path length, keyCertSign, name constraints and unknown critical
extensions (RFC 5280 6.1 without times and policies). Times, strengths, purposes and policies are ours (``path_checks``,
``policies``). Two traps decide it:

- ``X509Store.set_time`` works once per store; a second call is silently ignored. So OpenSSL is told not to look at times,
  and one store serves every thread and every moment.
- POLICY_CHECK can't be given the user-initial-policy-set, and with it a leaf of another policy than its CA's was accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from OpenSSL import crypto

from webvartti.domain.certificates import CertificateRefused, CertificateUnreadable, NotACardCertificate, PathInvalid
from webvartti.pki.parsed import ParsedCertificate

CertificationPath = tuple[ParsedCertificate, ...]
"""From the leaf to the anchor, both included."""

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of openssl/x509_vfy.h; pyOpenSSL has no name for it
_UNHANDLED_CRITICAL_EXTENSION = 34  # X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION


class WholePathBuilder:
    """Holds the configured certificates ready for OpenSSL. Nothing changes after the start, so threads may share it.

    Only anchors are trusted. Intermediates are candidates, and the only ones: what a client sends along is never used.
    """

    def __init__(self, anchors: Iterable[ParsedCertificate], intermediates: Iterable[ParsedCertificate]) -> None:
        self._store = crypto.X509Store()
        self._store.set_flags(NO_CHECK_TIME)
        self._known: dict[bytes, ParsedCertificate] = {}
        for anchor in anchors:
            self._store.add_cert(self._loaded(anchor))
        self._intermediates = tuple((certificate.subject, self._loaded(certificate)) for certificate in intermediates)

    def build(self, leaf: ParsedCertificate, loaded: crypto.X509) -> CertificationPath:
        """``loaded`` is the leaf once more, as OpenSSL has it.

        Raises PathInvalid, or NotACardCertificate for a leaf with an unknown critical extension.
        """
        refusal: CertificateRefused = PathInvalid("no certificate above the leaf")
        for order in self._orders(leaf):
            context = crypto.X509StoreContext(self._store, loaded, order)
            try:
                above = context.get_verified_chain()[1:]
            except crypto.X509StoreContextError as error:
                drain_error_queue()
                refusal = _refusal(error)
                continue
            if above:
                return (leaf, *(self._known[_der(certificate)] for certificate in above))
        raise refusal

    def _orders(self, leaf: ParsedCertificate) -> Iterable[list[crypto.X509]]:
        """OpenSSL tries one issuer of a name only, the first that fits: so each of the leaf's candidates gets its turn."""
        everything = [certificate for _, certificate in self._intermediates]
        namesakes = [certificate for subject, certificate in self._intermediates if subject == leaf.issuer]
        if len(namesakes) < 2:
            return [everything]
        return [[first, *(other for other in everything if other is not first)] for first in namesakes]

    def _loaded(self, certificate: ParsedCertificate) -> crypto.X509:
        loaded = load_for_openssl(certificate)
        self._known[_der(loaded)] = certificate
        return loaded


def load_for_openssl(certificate: ParsedCertificate) -> crypto.X509:
    """Raises CertificateUnreadable."""
    try:
        return crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
    except crypto.Error as error:
        raise CertificateUnreadable("OpenSSL can't read the certificate") from error


def drain_error_queue() -> None:
    """A failed verification leaves its reasons in the thread's OpenSSL queue; before OpenSSL 4, the next TLS read takes them
    for its own.

    A failing call that collects its errors is the public way to empty it.
    """
    with suppress(crypto.Error):
        crypto.load_certificate(crypto.FILETYPE_ASN1, b"")


def _der(certificate: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


def _refusal(error: crypto.X509StoreContextError) -> CertificateRefused:
    code, depth, reason = error.errors
    if code == _UNHANDLED_CRITICAL_EXTENSION and depth == 0:
        return NotACardCertificate(f"OpenSSL {code}: {reason}")
    return PathInvalid(f"OpenSSL {code} at depth {depth}: {reason}")
