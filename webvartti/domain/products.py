"""The kinds of card and what each product is. Source: DVV, SOTE certificate services 2021."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CardKind(StrEnum):
    """What a card is, told by the issuing CA that signed its certificates."""

    PROFESSIONAL = "professional"
    STAFF = "staff"
    ACTOR = "actor"
    BACKUP = "backup"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class KindRules:
    """What holds for every card of one kind.

    ``validity_years`` is None where the source document gives none; PIN lengths are (shortest, longest).
    """

    validity_years: int | None
    self_service_renewal: bool
    pin1_digits: tuple[int, int]
    pin2_digits: tuple[int, int]


RULES_OF_KIND: dict[CardKind, KindRules] = {
    CardKind.PROFESSIONAL: KindRules(5, True, (4, 8), (4, 8)),
    CardKind.STAFF: KindRules(5, False, (4, 8), (4, 8)),
    CardKind.ACTOR: KindRules(5, False, (4, 8), (4, 8)),
    CardKind.BACKUP: KindRules(None, False, (4, 4), (6, 6)),
    CardKind.TEST: KindRules(None, False, (4, 8), (4, 8)),
}


@dataclass(frozen=True, slots=True)
class Product:
    """What is printed and loaded: the kind of card, with or without the holder's photo, for one profession.

    ``profession`` is a code of code system 1.2.246.537.6.140 ("001"), empty for cards that aren't bound to a right.
    """

    kind: CardKind
    with_photo: bool
    profession: str = ""


def add_years(day: date, years: int) -> date:
    """The same calendar day ``years`` later; 29 February becomes 28 February where that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def longest_validity(kind: CardKind, made_on: date) -> date | None:
    """The last day of a card of this kind made on ``made_on``, before any right shortens it."""
    years = RULES_OF_KIND[kind].validity_years
    return None if years is None else add_years(made_on, years)
