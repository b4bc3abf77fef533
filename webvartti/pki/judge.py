"""The judge: whose card a certificate is, or the one reason why it is refused.

The order of the reasons is made for the person at the counter, the most useful one first:

1. what any bytes must be: CertificateUnreadable, NotACardCertificate (a CA);
2. whether it is ours: IssuerUnknown, PathInvalid, NotACardCertificate (unknown critical extension), KeyTooWeak,
   SignatureAlgorithmTooWeak. Nothing that stands in a certificate is believed before this: only later refusals carry a name;
3. what it is for: SigningCertificateChosen, KeyUsageUnsuitable, TestCardInProduction or RealCardInTest;
4. the rest of path validation: CertificateExpired, CertificateNotYetValid, PathInvalid (times of a CA),
   ExtendedKeyUsageUnsuitable, PolicyNotAllowed;
5. IdentityUnclear;
6. revocation, last: whoever gets here lacks nothing else (``revocation`` gives its order).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from webvartti.domain.certificates import (
    AcceptedCard,
    CertificateRefused,
    IssuerRevoked,
    IssuerUnknown,
    PathInvalid,
    RevocationStale,
)
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.pki.parsed import ParsedCertificate, parse_certificate
from webvartti.pki.path import CertificationPath, PathBuilder
from webvartti.pki.path_checks import check_path, check_strength
from webvartti.pki.path_policy import CARD_PATH_POLICY
from webvartti.pki.profile import IN_PRODUCTION, IN_TEST, SHAPE
from webvartti.pki.revocation import CertificateRevocation, check_revocation
from webvartti.pki.subject import read_subject, readable_name
from webvartti.pki.trusted import IssuingCa, Trust


class Judge:
    """Implements ``ports.CertificateJudge``. Immutable after the start; threads may share it."""

    def __init__(self, trust: Trust, revocation: CertificateRevocation, *, production: bool) -> None:
        self._revocation = revocation
        self._profile = IN_PRODUCTION if production else IN_TEST
        self._paths = PathBuilder(trust.anchors.values(), (issuer.certificate for issuer in trust.issuers.values()))
        self._issuer_names = frozenset(issuer.certificate.subject for issuer in trust.issuers.values())
        self._issuers = {issuer.certificate.der: issuer for issuer in trust.issuers.values()}
        self._subjects = {certificate.der: certificate.subject.rfc4514_string() for certificate in trust.certificates.values()}
        self._keys = {certificate.der: key for key, certificate in trust.certificates.items()}
        self._policies = {
            key: replace(CARD_PATH_POLICY, user_initial_policy_set=issuer.policies) for key, issuer in trust.issuers.items()
        }

    def judge(self, der: bytes, now: datetime) -> AcceptedCard:
        """Raises the CertificateRefused that applies first, and nothing else, whatever the bytes."""
        leaf = parse_certificate(der)
        for check in SHAPE:
            check(leaf)
        path, issuer = self._trusted_path(leaf)
        try:
            return self._accepted(path, issuer, now)
        except (PathInvalid, IssuerRevoked):  # what such a CA has signed isn't believed, the name included
            raise
        except CertificateRefused as refusal:
            refusal.name = readable_name(leaf.subject)
            refusal.kind, refusal.validity = issuer.kind, (leaf.not_before, leaf.not_after)
            raise

    def _trusted_path(self, leaf: ParsedCertificate) -> tuple[CertificationPath, IssuingCa]:
        if leaf.issuer not in self._issuer_names:
            raise IssuerUnknown("no configured issuer of this name")
        path = self._paths.build(leaf)
        issuer = self._issuers.get(path[1].der)
        if issuer is None:  # an anchor that bears an issuer's name
            raise IssuerUnknown("signed by a CA that isn't configured as an issuer of cards")
        check_strength(path, self._policies[issuer.key])
        return path, issuer

    def _accepted(self, path: CertificationPath, issuer: IssuingCa, now: datetime) -> AcceptedCard:
        leaf = path[0]
        for check in self._profile:
            check(leaf)
        check_path(path, self._policies[issuer.key], now)
        holder = _holder(leaf, issuer)
        authorities = tuple(self._subjects[certificate.der] for certificate in path[1:])
        try:
            revocation = check_revocation(path, self._keys, self._revocation, now)
        except RevocationStale as stale:
            stale.accepted = AcceptedCard(holder, stale.concerned[0], authorities)
            raise
        return AcceptedCard(holder, revocation, authorities)


def _holder(leaf: ParsedCertificate, issuer: IssuingCa) -> CardHolder:
    identity = read_subject(leaf.subject, issuer.namespace)
    return CardHolder(
        person=Person(issuer.namespace, identity.serial_number),
        card=CardId(issuer.key, leaf.serial_text),
        kind=issuer.kind,
        surname=identity.surname,
        given_name=identity.given_name,
        title=identity.title,
        doctor_id=identity.doctor_id,
        organisation=identity.organisation,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        fingerprint=leaf.fingerprint,
    )
