"""The extracts that the demo's registers are loaded from, as CSV (UTF-8, comma, header line)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from webvartti.demo.leaves import validity
from webvartti.demo.people import CardPlan
from webvartti.demo.places import COUNTIES, HOURS, ORGANISATIONS, STREETS
from webvartti.demo.serials import serial_text
from webvartti.demo.story import RightStory
from webvartti.domain.addresses import FINLAND
from webvartti.domain.products import CardKind, add_years
from webvartti.domain.registers import RegisterKind

COLUMNS: dict[RegisterKind, str] = {
    RegisterKind.RIGHTS: "registration_number,surname,given_names,profession,kind,valid_from,valid_until,restriction",
    RegisterKind.CARDS: "certificate_serial,registration_number,kind,photo,profession,valid_from,valid_until",
    RegisterKind.PERSONS: ("registration_number,identity_code,street,postal_code,post_office,country,non_disclosure,language"),
    RegisterKind.ORGANISATIONS: "business_id,name,street,postal_code,post_office",
    RegisterKind.REGISTRATION_POINTS: ("identifier,county,name,street,postal_code,post_office,hours,telephone,booking_url"),
}
_BUSINESS_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
_RIGHT_AGE_YEARS = 8

Row = Sequence[str]


def extracts(plans: Sequence[CardPlan], seed: int, now: datetime) -> Mapping[RegisterKind, str]:
    """The text of every extract. Dates are relative to ``now``; all else comes from the seed."""
    random = Random(f"registers {seed}")  # noqa: S311 - invented organisations, the same for the same seed; nothing secret
    registered = [plan for plan in plans if plan.story.registered]
    professionals = [plan for plan in registered if plan.story.kind is CardKind.PROFESSIONAL]
    rows: dict[RegisterKind, Iterable[Row]] = {
        RegisterKind.RIGHTS: (_right(plan, now.date()) for plan in professionals),
        RegisterKind.CARDS: (_card(plan, now) for plan in registered),
        RegisterKind.PERSONS: _persons(professionals),
        RegisterKind.ORGANISATIONS: _organisations(random),
        RegisterKind.REGISTRATION_POINTS: _registration_points(random),
    }
    return {kind: _csv(kind, content) for kind, content in rows.items()}


def business_id(number: int) -> str | None:
    """The Y-tunnus of seven digits with its check digit, or None where the number has none (remainder 1)."""
    digits = f"{number:07}"
    remainder = sum(weight * int(digit) for weight, digit in zip(_BUSINESS_ID_WEIGHTS, digits, strict=True)) % 11
    return None if remainder == 1 else f"{digits}-{(11 - remainder) % 11}"


def add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later, at most the 28th, so that it exists in every month."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def _csv(kind: RegisterKind, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS[kind].split(","))
    writer.writerows(rows)
    return text.getvalue()


def _right(plan: CardPlan, today: date) -> Row:
    right = plan.story.right
    ends = _right_ends(right, today)
    surname, given_names = plan.name_in_register
    begins = add_years(today, -_RIGHT_AGE_YEARS)
    return (
        plan.identity.number,
        surname,
        given_names,
        plan.story.profession,
        right.kind,
        begins.isoformat(),
        ends.isoformat() if ends else "",
        right.restriction,
    )


def _right_ends(right: RightStory, today: date) -> date | None:
    if right.ends_in_months is not None:
        return add_months(today, right.ends_in_months)
    return None if right.ends_in_days is None else today + timedelta(days=right.ends_in_days)


def _card(plan: CardPlan, now: datetime) -> Row:
    """By the authentication certificate's serial number; only professional cards carry a registration number."""
    story = plan.story
    start, end = validity(plan, now)
    return (
        serial_text(plan.authentication_serial),
        plan.identity.number if story.kind is CardKind.PROFESSIONAL else "",
        story.kind,
        _yes_no(story.photo),
        story.profession,
        start.date().isoformat(),
        end.date().isoformat(),
    )


def _persons(plans: Iterable[CardPlan]) -> Iterator[Row]:
    """One row a person, however many cards they hold; no home address means empty fields."""
    seen = set()
    for plan in plans:
        identity, story = plan.identity, plan.story
        if identity.number in seen:
            continue
        seen.add(identity.number)
        home = identity.home
        lines = (home.street, home.postal_code, home.post_office, home.country) if home else ("", "", "", FINLAND)
        yield (identity.number, identity.identity_code, *lines, _yes_no(story.non_disclosure), story.language)


def _organisations(random: Random) -> Iterator[Row]:
    """Business ids from 9000000 up, which are far above those given out."""
    numbers = sorted(random.sample(range(9000000, 10000000), 10 * len(ORGANISATIONS)))
    identifiers = (identifier for number in numbers if (identifier := business_id(number)) is not None)
    for identifier, (name, postal_code, post_office) in zip(identifiers, ORGANISATIONS, strict=False):
        yield identifier, name, _street(random), postal_code, post_office


def _registration_points(random: Random) -> Iterator[Row]:
    for number, (county, postal_code, post_office) in enumerate(COUNTIES, start=1):
        identifier = f"RP{number:02}"
        yield (
            identifier,
            county,
            f"Esimerkin rekisteröintipiste, {post_office}",
            _street(random),
            postal_code,
            post_office,
            random.choice(HOURS),
            f"000 000 {number:04}",
            f"https://booking.example/{identifier.lower()}",
        )


def _street(random: Random) -> str:
    return f"{random.choice(STREETS)} {random.randrange(1, 60)}"


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
