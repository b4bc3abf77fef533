"""Which configured CA has signed a CRL, and may it?"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from webvartti.pki.crl_errors import CrlIssuerUnknown, CrlSignatureInvalid, CrlSignatureTooWeak, CrlSignerNotAllowed
from webvartti.pki.parsed import ParsedCertificate
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.trusted import Trust


def find_signer(crl: x509.CertificateRevocationList, trust: Trust, policy: PathPolicy) -> str:
    """The key hash of the signer. Two CAs may share a name, so the signature decides. Raises a RevocationListRefused."""
    namesakes = {key: certificate for key, certificate in trust.certificates.items() if certificate.subject == crl.issuer}
    if not namesakes:
        raise CrlIssuerUnknown(f"no configured CA is named {crl.issuer.rfc4514_string()}")
    _demand_strong_hash(crl, policy)
    for key, certificate in namesakes.items():
        if _has_signed(certificate, crl):
            _demand_crl_sign(certificate)
            return key
    raise CrlSignatureInvalid(f"no configured CA named {crl.issuer.rfc4514_string()} has signed it")


def _demand_strong_hash(crl: x509.CertificateRevocationList, policy: PathPolicy) -> None:
    try:
        algorithm = crl.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None or algorithm.name not in policy.accepted_signature_hashes:
        raise CrlSignatureTooWeak(f"signed with {algorithm.name if algorithm else 'an unknown hash'}")


def _has_signed(certificate: ParsedCertificate, crl: x509.CertificateRevocationList) -> bool:
    key = x509.load_der_x509_certificate(certificate.der).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    try:
        return crl.is_signature_valid(key)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False


def _demand_crl_sign(certificate: ParsedCertificate) -> None:
    if certificate.key_usage is not None and not certificate.key_usage.crl_sign:
        raise CrlSignerNotAllowed("keyUsage of the CA lacks cRLSign")
