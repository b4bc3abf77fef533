"""What can be said of a client certificate: whose card it is, or the one reason for which it is refused.

The reasons are exceptions (one class each), raised by the judge behind ``ports.CertificateJudge``. ``help_desk_code`` is the
number that DVV's own card sign-in uses for the same failure; reasons of ours that it doesn't know carry 4
(CERT_TYPE_NOT_SUPPORTED). The first line of each docstring is what ``webvartti certificate check`` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.holders import CardHolder
from webvartti.domain.products import CardKind

CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks of a CA and of our nodes may differ."""


class RevocationState(StrEnum):
    """RFC 5280 5.3.1: certificateHold is the one revocation that can be lifted."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on-hold"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class RevocationStatus:
    """The answer of the indexed CRLs of one issuer for one serial number. Only GOOD lets anyone in.

    ``reason`` is the CRL's (RFC 5280 5.3.1), or issuerRevoked or issuerOnHold where it is a CA above the card that is listed.

    ``crl_number``, ``this_update`` and ``next_update`` are those of the CRL asked; None where there is none (MISSING). Where an
    issuer publishes in parts, several lists may tell of one card: ``earliest_update`` and ``latest_update`` are the first and
    the last thisUpdate among them. The lists of the CAs above must be in force, and are no part of these.
    """

    state: RevocationState
    crl_number: int | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""
    earliest_update: datetime | None = None
    latest_update: datetime | None = None

    def tells_all_until(self, moment: datetime) -> bool:
        """Whether every list was made after ``moment``, by whichever clock: what had been reported by then stands on them."""
        earliest = self.earliest_update or self.this_update
        return earliest is not None and earliest - CLOCK_SKEW > moment

    def is_past(self, not_after: datetime) -> bool:
        """Whether some list was made after the certificate's end: expired certificates leave the list (RFC 5280 3.3)."""
        latest = self.latest_update or self.this_update
        return latest is not None and latest > not_after


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One CRL in use. ``scope`` is empty for a complete list, else which part of the issuer's certificates it covers."""

    issuer: str
    scope: str
    number: int
    this_update: datetime
    next_update: datetime
    entries: int
    sha256: str

    def is_in_force(self, now: datetime) -> bool:
        """Whether its silence may be believed."""
        return is_in_force(self.this_update, self.next_update, now)


def is_in_force(this_update: datetime, next_update: datetime, now: datetime) -> bool:
    """From a CRL's thisUpdate, less the clocks' difference, to its nextUpdate, both included."""
    return this_update - CLOCK_SKEW <= now <= next_update


@dataclass(frozen=True, slots=True)
class AcceptedCard:
    """The judge's yes: the holder, the leaf's revocation status, and the subjects of the CAs from the issuer to the anchor."""

    holder: CardHolder
    revocation: RevocationStatus
    path: tuple[str, ...]


class CertificateRefused(WebVarttiError):
    """The judge's no. ``name`` is the subject's name where one could be read: it goes to the page, never to a log.

    ``kind`` and ``validity`` (notBefore, notAfter) are known where a configured CA has signed the certificate.
    """

    code = "certificate-refused"
    help_desk_code: ClassVar[int] = 6

    def __init__(self, detail: str = "", *, name: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.name = name
        self.kind: CardKind | None = None
        self.validity: tuple[datetime, datetime] | None = None


class NoCertificate(CertificateRefused):
    """The browser sent no certificate: no card, expired card, no reader software, or a choice cancelled."""

    code, help_desk_code = "no-certificate", 2


class CertificateUnreadable(CertificateRefused):
    """Not DER, or not a certificate by RFC 5280."""

    code, help_desk_code = "certificate-unreadable", 4


class CertificateExpired(CertificateRefused):
    """notAfter has passed."""

    code, help_desk_code = "certificate-expired", 7


class CertificateNotYetValid(CertificateRefused):
    """notBefore is still to come."""

    code, help_desk_code = "certificate-not-yet-valid", 4


class SigningCertificateChosen(CertificateRefused):
    """keyUsage is nonRepudiation alone: the card's other certificate."""

    code, help_desk_code = "signing-certificate-chosen", 4


class KeyUsageUnsuitable(CertificateRefused):
    """keyUsage is absent or lacks digitalSignature."""

    code, help_desk_code = "key-usage-unsuitable", 4


class ExtendedKeyUsageUnsuitable(CertificateRefused):
    """extendedKeyUsage is present, here or above, and doesn't hold clientAuth."""

    code, help_desk_code = "extended-key-usage-unsuitable", 4


class NotACardCertificate(CertificateRefused):
    """A CA certificate, or one that carries an unknown critical extension."""

    code, help_desk_code = "not-a-card-certificate", 4


class IssuerUnknown(CertificateRefused):
    """No configured issuing CA has this name."""

    code, help_desk_code = "issuer-unknown", 9


class PathInvalid(CertificateRefused):
    """The name of a configured issuer, but no valid path to an anchor: another key, an expired CA, path length, no CA:TRUE."""

    code, help_desk_code = "path-invalid", 8


class KeyTooWeak(CertificateRefused):
    """A key below the anchor is too small or of a kind that isn't accepted."""

    code, help_desk_code = "key-too-weak", 4


class SignatureAlgorithmTooWeak(CertificateRefused):
    """A certificate below the anchor is signed with a hash that isn't accepted."""

    code, help_desk_code = "signature-algorithm-too-weak", 4


class PolicyNotAllowed(CertificateRefused):
    """The path has no valid policy among the accepted ones (RFC 5280 6.1)."""

    code, help_desk_code = "policy-not-allowed", 4


class TestCardInProduction(CertificateRefused):
    """The certificate's policy is of the test arc, and this is a production system."""

    __test__ = False  # the name is the field's; pytest would take the class for a test
    code, help_desk_code = "test-card-in-production", 4


class RealCardInTest(CertificateRefused):
    """The certificate's policy isn't of the test arc, and this is a test system."""

    code, help_desk_code = "real-card-in-test", 4


class IdentityUnclear(CertificateRefused):
    """The subject doesn't name one person beyond doubt: serialNumber missing, twice, or malformed."""

    code, help_desk_code = "identity-unclear", 4


class CertificateRevoked(CertificateRefused):
    """The leaf stands on its issuer's CRL."""

    code, help_desk_code = "certificate-revoked", 3


class CertificateOnHold(CertificateRefused):
    """The leaf stands on its issuer's CRL with reason certificateHold."""

    code, help_desk_code = "certificate-on-hold", 3


class IssuerRevoked(CertificateRefused):
    """An issuing CA in the path is revoked."""

    code, help_desk_code = "issuer-revoked", 8


class RevocationStale(CertificateRefused):
    """nextUpdate of the newest CRL has passed: fail closed.

    ``accepted`` is what the card would be were the lists in force, for the draft lane alone; ``concerned`` has the status of
    every certificate below the anchor, the leaf's first.
    """

    code, help_desk_code = "revocation-stale", 11
    accepted: AcceptedCard | None = None
    concerned: tuple[RevocationStatus, ...] = ()


class RevocationMissing(CertificateRefused):
    """There is no verified CRL for an issuer in the path: fail closed."""

    code, help_desk_code = "revocation-missing", 11


class DeltaRevocationUnsupported(CertificateRefused):
    """The certificate, or a CA's above it, names delta CRLs (FreshestCRL), which aren't used here: fail closed."""

    code, help_desk_code = "delta-revocation-unsupported", 11
