"""Which configured CA has signed a CRL, and may it?"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from webvartti.pki import crl_der as der
from webvartti.pki.crl_errors import (
    CrlIssuerUnknown,
    CrlSignatureInvalid,
    CrlSignatureTooWeak,
    CrlSignerNotAllowed,
    CrlUnreadable,
)
from webvartti.pki.errors import shown
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.trusted import Trust


@dataclass(frozen=True, slots=True)
class SignedCrl:
    """A CRL with the DER that it was read from. ``fields`` is where the contents of its tBSCertList lie.

    The library's own signature check writes the list anew first, which takes twice its size in memory: here the signature
    is checked over the octets as they came.
    """

    crl: x509.CertificateRevocationList
    list_der: bytes
    signed: tuple[int, int]
    fields: tuple[int, int]
    same_algorithms: bool

    def is_signed_by(self, certificate: ParsedCertificate) -> bool:
        """RFC 5280 5.1.1.2: the algorithm inside and outside of what is signed must be one."""
        try:
            return self.same_algorithms and self._verifies(certificate)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
            return False

    def _verifies(self, certificate: ParsedCertificate) -> bool:
        key = x509.load_der_x509_certificate(certificate.der).public_key()
        parameters, algorithm = self.crl.signature_algorithm_parameters, self.crl.signature_hash_algorithm
        covered = memoryview(self.list_der)[slice(*self.signed)]
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(self.crl.signature, covered, parameters)
            return True
        if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PKCS1v15 | padding.PSS) and algorithm:
            key.verify(self.crl.signature, covered, parameters, algorithm)  # type: ignore[arg-type]  # any buffer will do
            return True
        return False


def split_crl(crl: x509.CertificateRevocationList, list_der: bytes) -> SignedCrl:
    """``list_der`` is what ``crl`` was read from. Raises CrlUnreadable."""
    try:
        start, end = der.contents(list_der, 0, len(list_der), der.SEQUENCE)
        (tag, first, inside, after), (_, outer, _, outer_end), _ = der.children(list_der, start, end)
        algorithms = (each for each in der.children(list_der, inside, after) if each[0] == der.SEQUENCE)
        _, inner, _, inner_end = next(algorithms)
    except (der.NotDer, ValueError, StopIteration) as error:
        raise CrlUnreadable("not a CertificateList by RFC 5280 5.1") from error
    if tag != der.SEQUENCE or end != len(list_der):
        raise CrlUnreadable("not a CertificateList by RFC 5280 5.1")
    same = list_der[inner:inner_end] == list_der[outer:outer_end]
    return SignedCrl(crl, list_der, (first, after), (inside, after), same)


def find_signer(signed: SignedCrl, trust: Trust, policy: PathPolicy) -> str:
    """The key hash of the signer. Two CAs may share a name, so the signature decides. Raises a RevocationListRefused."""
    issuer = signed.crl.issuer
    namesakes = {key: certificate for key, certificate in trust.certificates.items() if certificate.subject == issuer}
    if not namesakes:
        raise CrlIssuerUnknown(f"no configured CA is named {shown(issuer.rfc4514_string())}")
    _demand_strong_hash(signed.crl, policy)
    for key, certificate in namesakes.items():
        if signed.is_signed_by(certificate):
            if not may_sign_crls(certificate):
                raise CrlSignerNotAllowed("keyUsage of the CA lacks cRLSign")
            return key
    raise CrlSignatureInvalid(f"no configured CA named {shown(issuer.rfc4514_string())} has signed it")


def may_sign_crls(certificate: ParsedCertificate) -> bool:
    """RFC 5280 6.3.3 (f)."""
    return certificate.key_usage is None or certificate.key_usage.crl_sign


def _demand_strong_hash(crl: x509.CertificateRevocationList, policy: PathPolicy) -> None:
    try:
        algorithm = crl.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None or algorithm.name not in policy.accepted_signature_hashes:
        raise CrlSignatureTooWeak(f"signed with {algorithm.name if algorithm else 'an unknown hash'}")
