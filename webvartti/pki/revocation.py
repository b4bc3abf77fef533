"""Revocation of a whole path: each certificate below the anchor by the lists of its own issuer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from webvartti.domain.certificates import (
    CertificateOnHold,
    CertificateRevoked,
    DeltaRevocationUnsupported,
    IssuerRevoked,
    RevocationMissing,
    RevocationStale,
    RevocationState,
    RevocationStatus,
)
from webvartti.pki.crl_authorities import IssuedCertificate
from webvartti.pki.path import CertificationPath

_LISTED = (RevocationState.REVOKED, RevocationState.ON_HOLD)


class CertificateRevocation(Protocol):
    """``CrlIndex``, as far as it is asked here."""

    def certificate_statuses(self, issued: Sequence[IssuedCertificate], now: datetime) -> tuple[RevocationStatus, ...]:
        """Of each certificate by itself, all by the lists in use at one moment."""
        ...


def check_revocation(
    path: CertificationPath, keys: Mapping[bytes, str], register: CertificateRevocation, now: datetime
) -> RevocationStatus:
    """The leaf's status. ``keys`` gives the key hash of a configured CA by its DER.

    What is known for sure comes before what isn't known: IssuerRevoked, CertificateRevoked, CertificateOnHold, then
    DeltaRevocationUnsupported, RevocationMissing and RevocationStale.
    """
    issued = [(certificate, keys[issuer.der]) for certificate, issuer in pairwise(path)]
    leaf, *authorities = register.certificate_statuses(issued, now)
    if any(status.state in _LISTED for status in authorities):
        raise IssuerRevoked("an issuing CA of the path is revoked")
    if leaf.state is RevocationState.REVOKED:
        raise CertificateRevoked(f"CRL {leaf.crl_number}")
    if leaf.state is RevocationState.ON_HOLD:
        raise CertificateOnHold(f"CRL {leaf.crl_number}")
    if any(certificate.has_freshest_crl for certificate in path[:-1]):
        raise DeltaRevocationUnsupported("a certificate of the path names delta CRLs (FreshestCRL)")
    states = {status.state for status in (leaf, *authorities)}
    if RevocationState.MISSING in states:
        raise RevocationMissing("no CRL for a certificate of the path")
    if states != {RevocationState.GOOD}:
        stale = RevocationStale("the CRL for a certificate of the path is out of date")
        stale.concerned = (leaf, *authorities)
        raise stale
    return leaf
