"""Names as people write them, addresses as mail needs them."""

from __future__ import annotations

import pytest

from webvartti.domain.addresses import PostalAddress, same_address, undeliverable_parts
from webvartti.domain.names import NameDifference, compare_names


@pytest.mark.parametrize(
    ("on_card", "in_register", "difference"),
    [
        (("Mäkinen", "Aino"), ("Mäkinen", "Aino Maria"), NameDifference.NONE),
        (("Ma\u0308kinen", "Aino"), ("Mäkinen", "Aino"), NameDifference.NONE),
        (("MÄKINEN", "aino"), ("Mäkinen", "Aino"), NameDifference.NONE),
        (("O’Neill", "Séan"), ("O'Neill", "Séan"), NameDifference.NONE),
        (("Mäki", "A"), ("Mäki", "A"), NameDifference.NONE),
        (("Maki", "Aino"), ("Mäki", "Aino"), NameDifference.PARTLY),
        (("Mäkinen", "Ai"), ("Mäkinen", "Aino"), NameDifference.PARTLY),
        (("Mäkinen", "Aino"), ("Mäkinen-Niemi", "Aino"), NameDifference.PARTLY),
        (("Mäkinen", "Aino"), ("Niemi", "Eeva"), NameDifference.WHOLLY),
    ],
)
def test_how_far_names_are_apart(on_card: tuple[str, str], in_register: tuple[str, str], difference: NameDifference) -> None:
    assert compare_names(on_card, in_register) is difference


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (PostalAddress("Esimerkkikatu 5 B 17", "00100", "Helsinki"), ()),
        (PostalAddress("PL 123", "00101", "Helsinki"), ()),
        (PostalAddress("Storgatan 1", "111 22", "Stockholm", "SE"), ()),
        (PostalAddress("", "00100", "Helsinki"), ("street",)),
        (PostalAddress("...", "00100", "Helsinki"), ("street",)),
        (PostalAddress("Katu 1", "0010", "Helsinki"), ("postal_code",)),
        (PostalAddress("Katu 1", "00000", "Helsinki"), ("postal_code",)),
        (PostalAddress("Katu 1", "٠٠١٠٠", "Helsinki"), ("postal_code",)),
        (PostalAddress("Katu 1", "00100", " "), ("post_office",)),
        (PostalAddress("Katu 1", "00100", "Helsinki", "Suomi"), ("country",)),
    ],
)
def test_what_can_not_be_delivered_to(address: PostalAddress, wrong: tuple[str, ...]) -> None:
    assert undeliverable_parts(address) == wrong


def test_the_country_stands_on_the_last_line_abroad_only() -> None:
    assert PostalAddress("Katu 1", "00100", "Helsinki").lines == ("Katu 1", "00100 Helsinki")
    assert PostalAddress("Gatan 1", "11122", "Stockholm", "SE").lines[-1] == "SE"


def test_spaces_and_capitals_make_no_other_address() -> None:
    assert same_address(PostalAddress("Katu  1", "00100", "HELSINKI"), PostalAddress("katu 1", "00100", "Helsinki"))
    assert not same_address(PostalAddress("Katu 1", "00100", "Helsinki"), PostalAddress("Katu 11", "00100", "Helsinki"))
