"""What stands in a certificate of the card, for its holder's eyes: nothing is verified here, and nothing decided by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from webvartti.cards.directory import readable
from webvartti.domain.card_in_reader import KeyUse

UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.ExtensionNotFound)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """``holder`` is the name, given names first; empty where the subject has none."""

    use: KeyUse
    holder: str
    not_before: datetime
    not_after: datetime


def read_facts(der: bytes) -> CertificateFacts | None:
    """None where it can't be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject = certificate.subject
        names = [subject.get_attributes_for_oid(oid) for oid in (NameOID.GIVEN_NAME, NameOID.SURNAME)]
        holder = " ".join(str(found[0].value) for found in names if found)
        return CertificateFacts(
            _use_of(certificate), readable(holder.encode()), certificate.not_valid_before_utc, certificate.not_valid_after_utc
        )
    except UNREADABLE:
        return None


def _use_of(certificate: x509.Certificate) -> KeyUse:
    """By the key usage (RFC 5280, 4.2.1.3). A CA's certificate is of no use to a holder."""
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if usage.key_cert_sign:
        return KeyUse.OTHER
    if usage.content_commitment:
        return KeyUse.SIGNATURE
    return KeyUse.AUTHENTICATION if usage.digital_signature else KeyUse.OTHER
