"""Stories in which the name matters: how it is written, how long it is, whether it is still the same."""

from __future__ import annotations

from webvartti.demo.story import KeyAlgorithm, Story

P_384 = KeyAlgorithm.P_384

STORIES_OF_NAMES: tuple[Story, ...] = (
    Story(
        slug="kaisa",
        given_name="Kaisa",
        story="A nurse who married: her surname in the register is a new one.",
        expected="Signs in and renews; the new card carries the new surname.",
        surname="Harjula",
        registered_surname="Kuusivaara",
        days_left=700,
    ),
    Story(
        slug="robin",
        given_name="Robin",
        story="A social services worker whose surname and given name have both changed.",
        expected="Signs in and orders; a person decides because the whole name is another.",
        renewal="needs-person:name-changed",
        algorithm=P_384,
        profession="016",
        surname="Ärjänselkä",
        registered_surname="Tuulensuu",
        registered_given_names="Kuisma Aleksi",
    ),
    Story(
        slug="bjorn",
        given_name="Björn-Åke",
        story="A Swedish speaker whose name holds å and ö.",
        expected="Signs in and renews; messages come in Swedish.",
        profession="001",
        surname="Långström",
        language="sv",
    ),
    Story(
        slug="o-neill",
        given_name="Nora",
        story="A nurse with an apostrophe in her name: a plain one on the card, a typographic one in the register.",
        expected="Signs in and renews; the two spellings count as one name.",
        algorithm=P_384,
        surname="O'Neill",
        registered_surname="O\u2019Neill",
        language="en",
    ),
    Story(
        slug="anna-kaarina",
        given_name="Anna-Kaarina",
        story="A dentist with hyphens in both names, and more given names in the register than on the card.",
        expected="Signs in and renews; the further given names are no difference.",
        profession="002",
        surname="Mäki-Petäjäjärvi",
        registered_given_names="Anna-Kaarina Sofia",
    ),
    Story(
        slug="a-o",
        given_name="Å",
        story="A physiotherapist whose names are one letter each: Å Ö.",
        expected="Signs in and renews; the short names stand everywhere in full.",
        algorithm=P_384,
        photo=False,
        profession="008",
        surname="Ö",
    ),
    Story(
        slug="maximiliana",
        given_name="Maximiliana-Wilhelmiina Kristallilumikukka Aurinkotuulia Kultasydän",
        story="A public health nurse whose names together are more than a hundred characters long.",
        expected="Signs in and renews; the name stands in full, only the certificate's common name is shortened.",
        profession="007",
        surname="Korkeavuorenkalliola-Metsäjärvenperäläinen",
    ),
)
