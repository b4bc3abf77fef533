"""The certificate profile of the demo's cards: policies, key usages, signature hashes, CRL and CA lifetimes.

Source: the profile of Finnish social and health care cards as described in FINEID S2 and seen on test cards; the policies stand
under DVV's test arc 1.2.246.517.99 with numbers of the demo's own.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from webvartti.demo.story import CertificateUse, KeyAlgorithm
from webvartti.domain.products import CardKind

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

ORGANISATION = "WebVartti demo"
COUNTRY = "FI"
TEST_ARC = "1.2.246.517.99"

POLICIES: dict[tuple[CardKind, CertificateUse], str] = {
    (CardKind.PROFESSIONAL, CertificateUse.AUTHENTICATION): f"{TEST_ARC}.10.1",
    (CardKind.PROFESSIONAL, CertificateUse.SIGNATURE): f"{TEST_ARC}.10.2",
    (CardKind.STAFF, CertificateUse.AUTHENTICATION): f"{TEST_ARC}.20.1",
    (CardKind.STAFF, CertificateUse.SIGNATURE): f"{TEST_ARC}.20.2",
    (CardKind.ACTOR, CertificateUse.AUTHENTICATION): f"{TEST_ARC}.30.1",
    (CardKind.ACTOR, CertificateUse.SIGNATURE): f"{TEST_ARC}.30.2",
    (CardKind.BACKUP, CertificateUse.AUTHENTICATION): f"{TEST_ARC}.40.1",
    (CardKind.BACKUP, CertificateUse.SIGNATURE): f"{TEST_ARC}.40.2",
}
"""One policy a certificate, by kind of card and use of the certificate."""

NAMESPACES: dict[CardKind, str] = {
    CardKind.PROFESSIONAL: "registration-number",
    CardKind.STAFF: "staff-card",
    CardKind.ACTOR: "actor-card",
    CardKind.BACKUP: "backup-card",
}
"""In which namespace the subject's serialNumber stands."""


def policies_of(kind: CardKind) -> tuple[str, ...]:
    """What the issuing CA of this kind of card may assert."""
    return tuple(policy for (owner, _), policy in POLICIES.items() if owner is kind)


def signature_hash(signer: PrivateKey) -> hashes.SHA512 | hashes.SHA384:
    """RSA signs with SHA-512, ECC with SHA-384."""
    return hashes.SHA512() if isinstance(signer, rsa.RSAPrivateKey) else hashes.SHA384()


def policies_extension(*policies: str) -> x509.CertificatePolicies:
    """Certificate policies without qualifiers."""
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(policy), None) for policy in policies])


def key_usage(*usages: str) -> x509.KeyUsage:
    """RFC 5280 4.2.1.3. ``usages`` are the field names of cryptography's KeyUsage that are set."""
    fields = (
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
    return x509.KeyUsage(**{field: field in usages for field in fields})


def card_key_usage(use: CertificateUse, algorithm: KeyAlgorithm) -> x509.KeyUsage:
    """Authentication: digitalSignature, with RSA also the two encipherments. Signature: nonRepudiation alone."""
    if use is CertificateUse.SIGNATURE:
        return key_usage("content_commitment")
    if algorithm is KeyAlgorithm.RSA_2048:
        return key_usage("digital_signature", "key_encipherment", "data_encipherment")
    return key_usage("digital_signature")


CLIENT_AUTHENTICATION = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER_AUTHENTICATION = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
