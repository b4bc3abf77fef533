"""Is this CRL to be believed, and does it cover every certificate of its issuer? (RFC 5280 5 and 6.3.3, complete CRLs only)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256

from webvartti.pki.crl_errors import (
    CrlDelta,
    CrlEntryUnsuitable,
    CrlExpired,
    CrlExtensionUnknown,
    CrlFromTheFuture,
    CrlIndirect,
    CrlPartitioned,
    CrlUnreadable,
    CrlWithoutNextUpdate,
    CrlWithoutNumber,
)
from webvartti.pki.crl_signer import find_signer
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.trusted import Trust

CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks of a CA and of our nodes may differ."""

_PEM_BEGIN = b"-----BEGIN X509 CRL-----"
_KNOWN_CRITICAL = (x509.CRLNumber, x509.AuthorityKeyIdentifier)


@dataclass(frozen=True, slots=True)
class RevokedSerial:
    """One entry. ``reason`` is the name of RFC 5280 5.3.1, empty where the list gives none."""

    serial: int
    revoked_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiedCrl:
    """A CRL that may be put in use. ``sha256`` (hex) is that of its DER."""

    crl: x509.CertificateRevocationList
    issuer_key: str
    number: int
    this_update: datetime
    next_update: datetime
    sha256: str

    def entries(self) -> Iterator[RevokedSerial]:
        """One at a time: a national list has a million. Raises a RevocationListRefused at a bad entry."""
        try:
            for entry in self.crl:
                yield RevokedSerial(entry.serial_number, entry.revocation_date_utc, _reason(entry))
        except (ValueError, x509.DuplicateExtension) as error:
            raise CrlUnreadable("an entry isn't one by RFC 5280 5.3") from error


def verify_crl(data: bytes, trust: Trust, policy: PathPolicy, now: datetime) -> VerifiedCrl:
    """``data`` is DER or PEM. Raises the RevocationListRefused that applies first.

    Rollback isn't seen here: that takes the list in use. Of ``policy`` only the accepted signature hashes count.
    """
    crl = _read(data)
    issuer_key = find_signer(crl, trust, policy)
    extensions = _extensions(crl)
    _demand_complete(extensions)
    this_update, next_update = _times(crl, now)
    return VerifiedCrl(crl, issuer_key, _number(extensions), this_update, next_update, crl.fingerprint(SHA256()).hex())


def _read(data: bytes) -> x509.CertificateRevocationList:
    try:
        crl = x509.load_pem_x509_crl(data) if _PEM_BEGIN in data[:65536] else x509.load_der_x509_crl(data)
        _ = crl.issuer, crl.last_update_utc, crl.next_update_utc
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise CrlUnreadable("not a whole CRL by RFC 5280") from error
    return crl


def _extensions(crl: x509.CertificateRevocationList) -> x509.Extensions:
    try:
        return crl.extensions
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CrlUnreadable("the extensions can't be read") from error


def _demand_complete(extensions: x509.Extensions) -> None:
    for extension in extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise CrlDelta("a delta CRL")
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            _demand_whole_scope(extension.value)
        elif extension.critical and not isinstance(extension.value, _KNOWN_CRITICAL):
            raise CrlExtensionUnknown(f"critical extension {extension.oid.dotted_string}")


def _demand_whole_scope(scope: x509.IssuingDistributionPoint) -> None:
    if scope.indirect_crl:
        raise CrlIndirect("indirectCRL")
    # a distribution point alone is refused too: nothing says whether other lists exist beside this one (RFC 5280 5.2.5)
    raise CrlPartitioned("an issuingDistributionPoint limits the scope")


def _times(crl: x509.CertificateRevocationList, now: datetime) -> tuple[datetime, datetime]:
    this_update, next_update = crl.last_update_utc, crl.next_update_utc
    if this_update - CLOCK_SKEW > now:
        raise CrlFromTheFuture(f"thisUpdate is {this_update.isoformat()}")
    if next_update is None:
        raise CrlWithoutNextUpdate("no nextUpdate")
    if next_update < now:
        raise CrlExpired(f"nextUpdate was {next_update.isoformat()}")
    return this_update, next_update


def _number(extensions: x509.Extensions) -> int:
    try:
        return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound as error:
        raise CrlWithoutNumber("no CRLNumber") from error


def _reason(entry: x509.RevokedCertificate) -> str:
    reason = ""
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason.value
        elif isinstance(extension.value, x509.CertificateIssuer):
            raise CrlIndirect("an entry names another certificate issuer")
        elif extension.critical and not isinstance(extension.value, x509.InvalidityDate):
            raise CrlExtensionUnknown(f"critical extension {extension.oid.dotted_string} of an entry")
    if reason == x509.ReasonFlags.remove_from_crl.value:
        raise CrlEntryUnsuitable("removeFromCRL in a complete CRL")
    return reason
