"""Revocation of a whole path: the leaf by its issuer's CRL, each CA below the anchor by its own issuer's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from webvartti.domain.certificates import (
    CertificateOnHold,
    CertificateRevoked,
    IssuerRevoked,
    RevocationMissing,
    RevocationStale,
    RevocationState,
    RevocationStatus,
)
from webvartti.domain.holders import CardId
from webvartti.domain.ports import RevocationRegister
from webvartti.pki.path import CertificationPath

_HOLD = "certificateHold"


def card_ids(path: CertificationPath, keys: Mapping[bytes, str]) -> tuple[CardId, ...]:
    """The certificates below the anchor as CRLs know them: each by its issuer's key and its serial number.

    ``keys`` gives the key hash of a configured CA by its DER.
    """
    return tuple(CardId(keys[issuer.der], certificate.serial_text) for certificate, issuer in pairwise(path))


def check_revocation(cards: tuple[CardId, ...], register: RevocationRegister, now: datetime) -> RevocationStatus:
    """The leaf's status. ``cards`` are those of ``card_ids``.

    What is known for sure comes before what isn't known: IssuerRevoked, CertificateRevoked, CertificateOnHold, then
    RevocationMissing and RevocationStale. A revocation on a stale list still stands; only a hold can be lifted since.
    """
    leaf, *authorities = (register.status(card, now) for card in cards)
    if any(_is_revoked(status) or status.state is RevocationState.ON_HOLD for status in authorities):
        raise IssuerRevoked("an issuing CA of the path is revoked")
    if _is_revoked(leaf):
        raise CertificateRevoked(f"CRL {leaf.crl_number}")
    if leaf.state is RevocationState.ON_HOLD:
        raise CertificateOnHold(f"CRL {leaf.crl_number}")
    states = {status.state for status in (leaf, *authorities)}
    if RevocationState.MISSING in states:
        raise RevocationMissing("no CRL of an issuer in the path")
    if states != {RevocationState.GOOD}:
        raise RevocationStale("the CRL of an issuer in the path is out of date")
    return leaf


def _is_revoked(status: RevocationStatus) -> bool:
    listed_when_stale = status.state is RevocationState.STALE and status.revoked_at is not None and status.reason != _HOLD
    return status.state is RevocationState.REVOKED or listed_when_stale
