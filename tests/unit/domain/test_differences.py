"""What differs between certificate, registers and order, and which words of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.unit.domain.facts import card, facts, right
from tests.unit.domain.placed import placed_order
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.differences import Part, Source, Subject, differences, parts
from webvartti.domain.eligibility import RenewalFacts
from webvartti.domain.orders import Order
from webvartti.domain.registers import RegisteredPerson

AWAY = PostalAddress("Toinen katu 1", "00200", "Helsinki")


def order(**changes: Any) -> Order:
    """Aino's, as the registers have her."""
    return replace(placed_order(), **changes)


def subjects(order: Order, facts: RenewalFacts, *, addresses_shown: bool = True) -> list[Subject]:
    return [each.subject for each in differences(order, facts, addresses_shown=addresses_shown)]


def test_where_everything_agrees_there_is_no_row() -> None:
    assert subjects(order(), facts()) == []


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"rights": (right(surname="Virtanen"),)}, Subject.NAME),
        ({"rights": (right(restriction="Vain valvottuna"),)}, Subject.RESTRICTION),
        ({"rights": (right(profession="002"),)}, Subject.PROFESSION),
        ({"rights": (right(valid_until=date(2027, 1, 1)),)}, Subject.RIGHT_ENDS),
        ({"cards": (card(with_photo=False),)}, Subject.PHOTO),
        ({"cards": (card(valid_until=date(2027, 3, 1)),)}, Subject.CARD_ENDS),
        ({"cards": ()}, Subject.CARD_KIND),
        ({"person": None}, Subject.CARD_ADDRESS),
    ],
)
def test_each_difference_has_its_row(changes: dict[str, object], subject: Subject) -> None:
    assert subject in subjects(order(), facts(**changes))


def test_an_address_other_than_the_registered_one_is_shown_beside_it() -> None:
    sent_away = order(delivery=replace(order().delivery, card_address=AWAY))
    (found,) = differences(sent_away, facts(), addresses_shown=True)
    assert found.values == {
        Source.POPULATION_DATA: "Esimerkkikatu 5 B 17, 00100 Helsinki",
        Source.ORDER: "Toinen katu 1, 00200 Helsinki",
    }


def test_a36_no_row_holds_an_address_that_may_not_be_shown() -> None:
    sent_away = order(delivery=replace(order().delivery, card_address=AWAY, letter_organisation_name="Sairaala"))
    hidden = facts(person=RegisteredPerson("00098705718", None, True, "fi"))
    assert subjects(sent_away, hidden, addresses_shown=False) == []


def test_only_the_words_that_differ_are_marked() -> None:
    assert parts("Aino Maria Mäkinen", ["Aino Virtanen", "aino maria virtanen"]) == (
        Part("Aino", False),
        Part("Maria Mäkinen", True),
    )
    assert parts("Esimerkkikatu 5, 00100 Helsinki", ["Esimerkkikatu 7, 00100 Helsinki"])[1] == Part("5,", True)
    assert parts("", ["x"]) == ()
