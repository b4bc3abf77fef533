"""Stories in which the registers matter: the right to practise, the population data, orders made before."""

from __future__ import annotations

from webvartti.demo.story import Home, KeyAlgorithm, RightStory, Story
from webvartti.domain.registers import RightKind

P_384 = KeyAlgorithm.P_384

STORIES_OF_REGISTERS: tuple[Story, ...] = (
    Story(
        slug="pekka",
        given_name="Pekka",
        story="A laboratory nurse whose right to practise ended a month ago.",
        expected="Signs in; renewal is blocked because the right has ended.",
        renewal="blocks:right-ended",
        profession="009",
        right=RightStory(ends_in_days=-30),
    ),
    Story(
        slug="noora",
        given_name="Noora",
        story="A physician in training, whose limited right ends in 14 months.",
        expected="Signs in and renews; the new card lives 14 months and the page says why.",
        algorithm=P_384,
        profession="001",
        right=RightStory(kind=RightKind.LIMITED, ends_in_months=14),
    ),
    Story(
        slug="jorma",
        given_name="Jorma",
        story="A psychologist whose right has been restricted by the authority.",
        expected="Signs in and orders; a person decides because of the restriction.",
        renewal="needs-person:right-restricted",
        profession="012",
        right=RightStory(restriction="Saa toimia vain toisen psykologin valvonnassa"),
    ),
    Story(
        slug="tapio",
        given_name="Tapio",
        story="A speech therapist of whom no register knows anything.",
        expected="Signs in; renewal is blocked because neither the card nor a right is found.",
        renewal="blocks:card-not-in-register",
        algorithm=P_384,
        profession="013",
        registered=False,
    ),
    Story(
        slug="leena-physician",
        given_name="Leena",
        story="Both a physician and a dentist: this is her physician's card.",
        expected="Signs in and renews; the new card is a physician's.",
        profession="001",
        days_left=45,
    ),
    Story(
        slug="leena-dentist",
        given_name="Leena",
        same_person_as="leena-physician",
        story="Both a physician and a dentist: this is her dentist's card.",
        expected="Signs in as the same person and renews; the new card is a dentist's.",
        algorithm=P_384,
        profession="002",
        days_left=400,
    ),
    Story(
        slug="antti",
        given_name="Antti",
        story="A physician who prescribes: the certificate carries his Doctor ID.",
        expected="Signs in and renews; the Doctor ID is read from the certificate.",
        algorithm=P_384,
        photo=False,
        profession="001",
    ),
    Story(
        slug="ilona",
        given_name="Ilona",
        story="A practical nurse who ordered a new card last week.",
        expected="Signs in and sees the order; a second one for the same card is blocked.",
        renewal="blocks:order-open",
        profession="014",
        right=RightStory(kind=RightKind.PROTECTED_TITLE),
        order_on_its_way=True,
    ),
    Story(
        slug="marjatta",
        given_name="Marjatta",
        story="A social worker with a non-disclosure order on her address.",
        expected="Signs in; no address is shown, and she is guided to a registration point.",
        renewal="blocks:non-disclosure",
        algorithm=P_384,
        profession="015",
        non_disclosure=True,
    ),
    Story(
        slug="kalle",
        given_name="Kalle",
        story="A pharmacist whose home address nobody knows.",
        expected="Signs in and types an address; a person decides because the register knows no address.",
        renewal="needs-person:address-differs",
        profession="004",
        home=Home.UNKNOWN,
    ),
    Story(
        slug="elin",
        given_name="Elin",
        story="A nurse who lives in Haparanda, across the border in Sweden.",
        expected="Signs in and orders; a person decides because the card would go abroad.",
        renewal="needs-person:address-abroad",
        algorithm=P_384,
        home=Home.ABROAD,
        language="sv",
    ),
)
