"""An invented order, to be varied by the tests, and members of the staff who look at it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.unit.domain.facts import HOME, NOW, TODAY, facts, holder
from webvartti.domain.eligibility import RenewalPolicy, findings
from webvartti.domain.holders import REGISTRATION_NUMBERS, Person
from webvartti.domain.orders import Contact, Delivery, Estimate, LetterTo, Order, Placement, ResolvedChoices, place
from webvartti.domain.products import CardKind, Product
from webvartti.domain.staff import Colleague

ANNA = Colleague(Person(REGISTRATION_NUMBERS, "11111111111"), "Anna Arvioija")
BENGT = Colleague(Person(REGISTRATION_NUMBERS, "22222222222"), "Bengt Beslutare")
CARITA = Colleague(Person(REGISTRATION_NUMBERS, "33333333333"), "Carita Katsoja")
AINO = Colleague(holder().person, "Aino Mäkinen")
"""The holder, who is of the staff as well."""

TO_PEOPLE = RenewalPolicy(automatic_decisions=False)


def placed_order(policy: RenewalPolicy = TO_PEOPLE, **changes: Any) -> Order:
    """Placed at NOW; ``changes`` are of the facts."""
    seen = facts(**changes)
    placement = Placement(
        number="WV-7K3M-9Q4P",
        holder=seen.holder,
        recipient="Aino Maria Mäkinen",
        product=Product(CardKind.PROFESSIONAL, True, "001"),
        estimate=Estimate(date(2026, 12, 8), date(2026, 12, 14), date(2031, 11, 23)),
        findings=findings(seen, policy, TODAY),
        revocation=seen.revocation,
        sources={"rules": "all.1"},
        withdrawable_until=NOW + timedelta(hours=24),
    )
    choices = ResolvedChoices(Delivery(HOME, LetterTo.HOME, HOME), Contact("aino@example.fi", "", "fi"))
    return place(choices, placement, NOW)
