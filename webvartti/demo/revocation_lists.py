"""The CRLs of the demo's CAs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509

from webvartti.demo.authorities import Authority, authority_key_identifier
from webvartti.demo.people import CardPlan
from webvartti.demo.profile import signature_hash
from webvartti.demo.story import CrlEntry

_ISSUED_BEFORE = timedelta(hours=1)
_GOOD_FOR = timedelta(days=7)
_REVOKED_BEFORE = timedelta(days=2)
_REASONS = {CrlEntry.REVOKED: x509.ReasonFlags.key_compromise, CrlEntry.ON_HOLD: x509.ReasonFlags.certificate_hold}


def revocation_list(authority: Authority, plans: Iterable[CardPlan], now: datetime) -> x509.CertificateRevocationList:
    """The full CRL of one CA: both certificates of every card among ``plans`` whose story says so.

    The CRLNumber is the time of issue in seconds, so a country made later has the higher number.
    """
    this_update = now.replace(microsecond=0) - _ISSUED_BEFORE
    revoked = [
        _entry(serial, plan.story.crl, this_update - _REVOKED_BEFORE)
        for plan in plans
        if plan.story.crl is not CrlEntry.NONE
        for serial in (plan.authentication_serial, plan.signature_serial)
    ]
    builder = (
        x509.CertificateRevocationListBuilder(revoked_certificates=revoked)
        .issuer_name(authority.certificate.subject)
        .last_update(this_update)
        .next_update(now.replace(microsecond=0) + _GOOD_FOR)
        .add_extension(x509.CRLNumber(int(this_update.timestamp())), critical=False)
        .add_extension(authority_key_identifier(authority), critical=False)
    )
    return builder.sign(authority.key, signature_hash(authority.key))


def _entry(serial: int, entry: CrlEntry, revoked_at: datetime) -> x509.RevokedCertificate:
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(serial)
        .revocation_date(revoked_at)
        .add_extension(x509.CRLReason(_REASONS[entry]), critical=False)
        .build()
    )
