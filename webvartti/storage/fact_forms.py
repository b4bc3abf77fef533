"""What the rules saw, as JSON and back: every field, so that other rules can see the same."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.domain.products import CardKind
from webvartti.domain.registers import CardInCirculation, ProfessionalRight, RegisteredPerson, RightKind
from webvartti.storage.forms import Json, revocation_from_json, revocation_to_json


def facts_to_json(facts: RenewalFacts) -> Json:
    return {
        "holder": _plain(facts.holder),
        "revocation": revocation_to_json(facts.revocation),
        "rights": [_plain(right) for right in facts.rights],
        "cards": [_plain(card) for card in facts.cards],
        "person": None if facts.person is None else _plain(facts.person),
        "open_order": facts.open_order,
        "address": None if facts.address is None else _plain(facts.address),
        "letter_organisation": facts.letter_organisation,
    }


def facts_from_json(stored: Json) -> RenewalFacts:
    person, address = stored["person"], stored["address"]
    return RenewalFacts(
        holder=_holder(stored["holder"]),
        revocation=revocation_from_json(stored["revocation"]),
        rights=tuple(_right(each) for each in stored["rights"]),
        cards=tuple(_card(each) for each in stored["cards"]),
        person=None if person is None else RegisteredPerson(**{**person, "home_address": _address(person["home_address"])}),
        open_order=stored["open_order"],
        address=_address(address),
        letter_organisation=stored["letter_organisation"],
    )


def policy_to_json(policy: RenewalPolicy) -> Json:
    return asdict(policy)


def policy_from_json(stored: Json) -> RenewalPolicy:
    return RenewalPolicy(**stored)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(value: Any) -> Any:
    """Days and moments as text, values of the domain by their fields; ``asdict`` would copy everything once more."""
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    return value


def _address(stored: Json | None) -> PostalAddress | None:
    return None if stored is None else PostalAddress(**stored)


def _holder(stored: Json) -> CardHolder:
    made = {
        "person": Person(**stored["person"]),
        "card": CardId(**stored["card"]),
        "kind": CardKind(stored["kind"]),
        "not_before": datetime.fromisoformat(stored["not_before"]),
        "not_after": datetime.fromisoformat(stored["not_after"]),
    }
    return CardHolder(**{**stored, **made})


def _right(stored: Json) -> ProfessionalRight:
    until = stored["valid_until"]
    made = {
        "kind": RightKind(stored["kind"]),
        "valid_from": date.fromisoformat(stored["valid_from"]),
        "valid_until": None if until is None else date.fromisoformat(until),
    }
    return ProfessionalRight(**{**stored, **made})


def _card(stored: Json) -> CardInCirculation:
    made = {
        "kind": CardKind(stored["kind"]),
        "valid_from": date.fromisoformat(stored["valid_from"]),
        "valid_until": date.fromisoformat(stored["valid_until"]),
    }
    return CardInCirculation(**{**stored, **made})
