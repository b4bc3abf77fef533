"""Facts about an invented holder, to be varied by the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.eligibility import RenewalFacts
from webvartti.domain.holders import REGISTRATION_NUMBERS, CardHolder, CardId, Person
from webvartti.domain.products import CardKind
from webvartti.domain.registers import CardInCirculation, ProfessionalRight, RegisteredPerson, RightKind

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NUMBER = "00098705718"
HOME = PostalAddress("Esimerkkikatu 5 B 17", "00100", "Helsinki")


def holder(**changes: Any) -> CardHolder:
    """Aino, whose card ends on 11.2.2027."""
    aino = CardHolder(
        person=Person(REGISTRATION_NUMBERS, NUMBER),
        card=CardId("a1" * 32, "5f3c"),
        kind=CardKind.PROFESSIONAL,
        surname="Mäkinen",
        given_name="Aino",
        title="lääkäri",
        doctor_id="",
        organisation="",
        not_before=datetime(2022, 2, 11, tzinfo=UTC),
        not_after=datetime(2027, 2, 11, tzinfo=UTC),
        fingerprint="f0" * 32,
    )
    return replace(aino, **changes)


def right(**changes: Any) -> ProfessionalRight:
    """A physician's right until further notice."""
    licensed = ProfessionalRight(NUMBER, "Mäkinen", "Aino Maria", "001", RightKind.LICENSED, date(2015, 6, 1), None)
    return replace(licensed, **changes)


def card(**changes: Any) -> CardInCirculation:
    """The card that signs in."""
    present = CardInCirculation("5f3c", NUMBER, CardKind.PROFESSIONAL, True, "001", date(2022, 2, 11), date(2027, 2, 11))
    return replace(present, **changes)


def facts(**changes: Any) -> RenewalFacts:
    """Everything as it should be."""
    plain = RenewalFacts(
        holder=holder(),
        revocation=RevocationStatus(RevocationState.GOOD, 7, NOW, NOW),
        rights=(right(),),
        cards=(card(),),
        person=RegisteredPerson(NUMBER, HOME, False, "fi"),
        address=HOME,
    )
    return replace(plain, **changes)
