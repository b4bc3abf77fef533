"""The people of the demo country: every name and number is invented, and the same seed gives the same people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from webvartti.demo.places import COUNTIES, STREETS, SURNAMES
from webvartti.demo.professions import PRESCRIBERS
from webvartti.demo.serials import long_serial
from webvartti.demo.stories import STORIES
from webvartti.demo.story import Home, Story
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.products import CardKind

_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_FIRST_BIRTHDAY, _BIRTHDAYS = date(1958, 1, 1), 34 * 365


@dataclass(frozen=True, slots=True)
class Identity:
    """One invented human being. ``number`` is the subject's serialNumber; ``doctor_id`` is empty for who doesn't prescribe."""

    surname: str
    number: str
    identity_code: str
    doctor_id: str
    home: PostalAddress | None


@dataclass(frozen=True, slots=True)
class CardPlan:
    """A story with the identity of its holder and the serial numbers of the card's two certificates."""

    story: Story
    identity: Identity
    authentication_serial: int
    signature_serial: int

    @property
    def name(self) -> str:
        """The name on the card, given names first."""
        return f"{self.story.given_name} {self.identity.surname}"

    @property
    def name_in_register(self) -> tuple[str, str]:
        """(surname, given names) as the register of rights has them."""
        story = self.story
        return story.registered_surname or self.identity.surname, story.registered_given_names or story.given_name


def plan_cards(seed: int) -> tuple[CardPlan, ...]:
    """Every card of the country, in the order of the stories. The same seed gives the same plans."""
    random = Random(f"people {seed}")  # noqa: S311 - invented people, which must be the same for the same seed; nothing secret
    surnames = random.sample(SURNAMES, len(SURNAMES))
    identities: dict[str, Identity] = {}
    plans = []
    for story in STORIES:
        if story.same_person_as:
            identity = identities[story.same_person_as]
        else:
            identity = _identity(story, story.surname or surnames.pop(), random, identities)
        identities[story.slug] = identity
        plans.append(CardPlan(story, identity, long_serial(random), long_serial(random)))
    return tuple(plans)


def identity_code(born: date, individual_number: int) -> str:
    """A personal identity code of somebody born from 1900 to 1999; DVV's fictive ones have an individual number of 900-999."""
    check = _CHECK_CHARACTERS[int(f"{born:%d%m%y}{individual_number:03}") % 31]
    return f"{born:%d%m%y}-{individual_number:03}{check}"


def _identity(story: Story, surname: str, random: Random, taken: dict[str, Identity]) -> Identity:
    """A new person: numbers and identity codes are never given twice."""
    numbers, codes = {known.number for known in taken.values()}, {known.identity_code for known in taken.values()}
    while (number := _number(story.kind, random)) in numbers:
        pass
    while (code := _identity_code(random)) in codes:
        pass
    doctor_id = f"{random.randrange(900000, 1000000)}" if story.profession in PRESCRIBERS else ""
    return Identity(surname, number, code, doctor_id, _home(story.home, random))


def _number(kind: CardKind, random: Random) -> str:
    """11 digits for the professional register, the first of them 999 (invented); nine for the other namespaces."""
    if kind is CardKind.PROFESSIONAL:
        return f"999{random.randrange(10**8):08}"
    return f"{random.randrange(10**8, 10**9)}"


def _identity_code(random: Random) -> str:
    born = _FIRST_BIRTHDAY + timedelta(days=random.randrange(_BIRTHDAYS))
    return identity_code(born, random.randrange(900, 1000))


def _home(home: Home, random: Random) -> PostalAddress | None:
    street, house, flat = random.choice(STREETS), random.randrange(1, 90), random.randrange(1, 60)
    _, postal_code, post_office = random.choice(COUNTIES)
    match home:
        case Home.FINLAND:
            return PostalAddress(f"{street} {house} A {flat}", postal_code, post_office)
        case Home.ABROAD:
            return PostalAddress(f"Kortgatan {house}", "953 31", "Haparanda", "SE")
        case Home.UNKNOWN:
            return None
