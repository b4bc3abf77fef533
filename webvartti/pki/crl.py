"""Is this CRL to be believed, and which certificates is it for? (RFC 5280 5 and 6.3.3; indirect and delta CRLs are refused)"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from webvartti.domain.certificates import CLOCK_SKEW
from webvartti.pki import crl_der as der
from webvartti.pki.crl_entries import RevokedCertificates, find_entries
from webvartti.pki.crl_errors import (
    CrlDelta,
    CrlExpired,
    CrlExtensionUnknown,
    CrlFromTheFuture,
    CrlHasDeltas,
    CrlUnreadable,
    CrlWithoutNextUpdate,
    CrlWithoutNumber,
)
from webvartti.pki.crl_scope import CrlScope, read_scope
from webvartti.pki.crl_signer import SignedCrl, find_signer, split_crl
from webvartti.pki.errors import shown
from webvartti.pki.path_policy import PathPolicy
from webvartti.pki.trusted import Trust

_PEM_BEGIN = b"-----BEGIN X509 CRL-----"
_KNOWN_CRITICAL = (x509.CRLNumber, x509.AuthorityKeyIdentifier)

LARGEST_NAME, LARGEST_EXTENSIONS = 16 * 1024, 64 * 1024
"""Octets. As objects they take a hundred times as much, and are made before it is known who has signed them."""

_LONGEST_NUMBER = 20 * 8  # bits; RFC 5280 5.2.3


@dataclass(frozen=True, slots=True)
class VerifiedCrl:
    """A CRL that may be put in use. ``issuer_key`` is the key that signed it, ``sha256`` (hex) that of its DER."""

    issuer_key: str
    scope: CrlScope
    number: int
    this_update: datetime
    next_update: datetime
    sha256: str
    entries: RevokedCertificates


def verify_crl(data: bytes, trust: Trust, policy: PathPolicy, now: datetime) -> VerifiedCrl:
    """``data`` is DER or PEM. Raises the RevocationListRefused that applies first; bad entries show when they are read.

    Rollback isn't seen here: that takes the list in use. Of ``policy`` only the accepted signature hashes count.
    """
    crl, signed = _read(data)
    list_der = signed.list_der
    issuer_key = find_signer(signed, trust, policy)
    extensions = _extensions(crl)
    scope = _scope(extensions, crl.issuer)
    this_update, next_update = _times(crl, now)
    return VerifiedCrl(
        issuer_key,
        scope,
        _number(extensions),
        this_update,
        next_update,
        hashlib.sha256(list_der).hexdigest(),
        find_entries(list_der, signed.fields, len(crl)),
    )


def _read(data: bytes) -> tuple[x509.CertificateRevocationList, SignedCrl]:
    try:
        if _PEM_BEGIN in data[:65536]:
            data = x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
        crl = x509.load_der_x509_crl(data)
        signed = split_crl(crl, data)
        _demand_bounds(signed)
        _ = crl.issuer, crl.last_update_utc, crl.next_update_utc
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise CrlUnreadable("not a whole CRL by RFC 5280") from error
    return crl, signed


def _demand_bounds(signed: SignedCrl) -> None:
    """Before anything is made of names and extensions. The entries aren't touched: they are read one at a time."""
    try:
        parts = [(tag, after - first) for tag, first, _, after in der.children(signed.list_der, *signed.fields)]
    except der.NotDer as error:
        raise CrlUnreadable("not a CertificateList by RFC 5280 5.1") from error
    algorithm_and_name = [size for tag, size in parts if tag == der.SEQUENCE][:2]  # a third one holds the entries
    extensions = [size for tag, size in parts if tag == der.CONTEXT_0]
    if max(algorithm_and_name, default=0) > LARGEST_NAME or max(extensions, default=0) > LARGEST_EXTENSIONS:
        raise CrlUnreadable("a name or extensions longer than any CA's")


def _extensions(crl: x509.CertificateRevocationList) -> x509.Extensions:
    try:
        return crl.extensions
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CrlUnreadable("the extensions can't be read") from error


def _scope(extensions: x509.Extensions, issuer: x509.Name) -> CrlScope:
    scope = CrlScope()
    for extension in extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise CrlDelta("a delta CRL")
        if isinstance(extension.value, x509.FreshestCRL):
            raise CrlHasDeltas("its FreshestCRL names delta CRLs")
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = read_scope(extension.value, issuer)
        elif extension.critical and not isinstance(extension.value, _KNOWN_CRITICAL):
            raise CrlExtensionUnknown(f"critical extension {shown(extension.oid.dotted_string)}")
    return scope


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
        number = extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound as error:
        raise CrlWithoutNumber("no CRLNumber") from error
    if number.bit_length() > _LONGEST_NUMBER:
        raise CrlUnreadable("a CRLNumber of more than 20 octets")
    return number
