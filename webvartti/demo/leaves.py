"""The two certificates of a card, in the profile of Finnish social and health care cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from webvartti.demo.authorities import Authority, authority_key_identifier
from webvartti.demo.people import CardPlan
from webvartti.demo.professions import TITLES
from webvartti.demo.profile import (
    CLIENT_AUTHENTICATION,
    COUNTRY,
    POLICIES,
    PrivateKey,
    card_key_usage,
    policies_extension,
    signature_hash,
)
from webvartti.demo.story import CertificateUse
from webvartti.domain.products import CardKind, add_years, longest_validity

_COMMON_NAME_OCTETS = 64
_BACKUP_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """One certificate of a card with its key and the CA that signed it."""

    use: CertificateUse
    certificate: x509.Certificate
    key: PrivateKey
    issuer: Authority


def issue(
    plan: CardPlan, use: CertificateUse, key: PrivateKey, issuer: Authority, organisation: str, now: datetime
) -> IssuedCertificate:
    """Sign one certificate of a card. ``organisation`` is the employer's name, empty for cards that aren't bound to one."""
    story = plan.story
    start, end = validity(plan, now)
    serial = plan.authentication_serial if use is CertificateUse.AUTHENTICATION else plan.signature_serial
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject_name(plan, organisation))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(card_key_usage(use, story.algorithm), critical=True)
        .add_extension(policies_extension(POLICIES[story.kind, use]), critical=False)
        .add_extension(authority_key_identifier(issuer), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if use is CertificateUse.AUTHENTICATION:
        builder = builder.add_extension(CLIENT_AUTHENTICATION, critical=False)
    certificate = builder.sign(issuer.key, signature_hash(issuer.key))
    return IssuedCertificate(use, certificate, key, issuer)


def validity(plan: CardPlan, now: datetime) -> tuple[datetime, datetime]:
    """(notBefore, notAfter) of the card's certificates, to the second."""
    story = plan.story
    end = now.replace(microsecond=0) + timedelta(days=story.days_left)
    if story.starts_in_days is not None:
        return now.replace(microsecond=0) + timedelta(days=story.starts_in_days), end
    if longest_validity(story.kind, end.date()) is None:
        return end - _BACKUP_LIFETIME, end
    return end.combine(add_years(end.date(), -5), end.timetz()), end


def subject_name(plan: CardPlan, organisation: str) -> x509.Name:
    """The subject by attributes; readers find them by OID, never by position."""
    story, identity = plan.story, plan.identity
    attributes = [
        (NameOID.COUNTRY_NAME, COUNTRY),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.SURNAME, identity.surname),
        (NameOID.GIVEN_NAME, story.given_name),
        (NameOID.SERIAL_NUMBER, identity.number),
        (NameOID.TITLE, TITLES.get(story.profession, "")),
        (NameOID.PSEUDONYM, identity.doctor_id if story.kind is CardKind.PROFESSIONAL else ""),
        (NameOID.COMMON_NAME, common_name(identity.surname, story.given_name, identity.number)),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes if value])


def common_name(surname: str, given_name: str, number: str) -> str:
    """ "Surname Given Number", the names cut where all doesn't fit into 64 octets (RFC 5280 ub-common-name)."""
    room = _COMMON_NAME_OCTETS - len(number) - 1
    names = f"{surname} {given_name}".encode()[:room].decode(errors="ignore").rstrip()
    return f"{names} {number}"
