"""Every card of the country with its certificates, and the keys that making them takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from webvartti.demo.authorities import Authority, Hierarchy
from webvartti.demo.keys import KeyShape
from webvartti.demo.leaves import IssuedCertificate, issue
from webvartti.demo.people import CardPlan
from webvartti.demo.places import ORGANISATIONS
from webvartti.demo.profile import PrivateKey
from webvartti.demo.story import CertificateUse, KeyAlgorithm
from webvartti.domain.products import CardKind

_EMPLOYERS = {CardKind.STAFF: ORGANISATIONS[0][0], CardKind.ACTOR: ORGANISATIONS[-1][0]}


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """One card: its plan and both certificates."""

    plan: CardPlan
    authentication: IssuedCertificate
    signature: IssuedCertificate


def card_keys(plans: Sequence[CardPlan]) -> dict[str, KeyShape]:
    """The names and shapes of the keys that ``issue_cards`` needs: two a card."""
    return {_key_name(plan, use): KeyShape(plan.story.algorithm) for plan in plans for use in CertificateUse}


def issue_cards(
    plans: Sequence[CardPlan],
    hierarchies: Mapping[KeyAlgorithm, Hierarchy],
    keys: Mapping[str, PrivateKey],
    now: datetime,
) -> tuple[IssuedCard, ...]:
    """Sign the certificates of every card."""

    def issued(plan: CardPlan, use: CertificateUse) -> IssuedCertificate:
        employer = _EMPLOYERS.get(plan.story.kind, "")
        return issue(plan, use, keys[_key_name(plan, use)], issuer_of(plan, hierarchies), employer, now)

    return tuple(
        IssuedCard(plan, issued(plan, CertificateUse.AUTHENTICATION), issued(plan, CertificateUse.SIGNATURE)) for plan in plans
    )


def issuer_of(plan: CardPlan, hierarchies: Mapping[KeyAlgorithm, Hierarchy]) -> Authority:
    """The CA of this kind of card and algorithm; the impostor for a forged card."""
    hierarchy = hierarchies[plan.story.algorithm]
    return hierarchy.issuers[plan.story.kind] if plan.story.trusted else hierarchy.impostor


def _key_name(plan: CardPlan, use: CertificateUse) -> str:
    return f"{plan.story.slug}-{use}"
