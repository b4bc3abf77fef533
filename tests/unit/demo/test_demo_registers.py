"""The CSV extracts: their columns, and that the register takes every row."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest
from stdnum.fi import ytunnus

from webvartti.demo.country import Country
from webvartti.demo.people import plan_cards
from webvartti.demo.registers import add_months, business_id, extracts
from webvartti.domain.registers import RegisterKind
from webvartti.registry.embedded import EmbeddedRegister

COLUMNS = {
    "rights": "registration_number surname given_names profession kind valid_from valid_until restriction",
    "cards": "certificate_serial registration_number kind photo profession valid_from valid_until",
    "persons": "registration_number identity_code street postal_code post_office country non_disclosure language",
    "organisations": "business_id name street postal_code post_office",
    "registration-points": "identifier county name street postal_code post_office hours telephone booking_url",
}


def rows(country: Country, kind: str) -> list[dict[str, str]]:
    with (country.directory / "registers" / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.mark.parametrize("kind", COLUMNS)
def test_the_columns_are_the_agreed_ones(country: Country, kind: str) -> None:
    content = rows(country, kind)
    assert content
    for row in content:
        assert list(row) == COLUMNS[kind].split()


@pytest.mark.parametrize("kind", RegisterKind)
def test_the_register_takes_every_row(country: Country, tmp_path: Path, kind: RegisterKind) -> None:
    extract = country.directory / "registers" / f"{kind}.csv"
    report = EmbeddedRegister(tmp_path).load(kind, extract, skip_bad=False, progress=lambda done, total: None)
    assert report.bad_rows == ()
    assert report.accepted == len(rows(country, kind))


def test_every_card_but_the_unregistered_ones_is_listed_by_its_authentication_serial(country: Country) -> None:
    listed = {row["certificate_serial"]: row for row in rows(country, "cards")}
    missing = {card.slug for card in country.cards if card.certificate_serial not in listed}
    assert missing == {"tapio", "aino-forged", "eero-forged"}
    for card in country.cards:
        if card.slug not in missing:
            row = listed[card.certificate_serial]
            assert (row["kind"], row["photo"]) == (card.kind, "yes" if card.photo else "no")
            assert row["registration_number"] == (card.number if card.kind == "professional" else "")
            assert row["valid_until"] == card.not_after.date().isoformat()


def test_persons_are_listed_once_and_only_the_protected_one_is_protected(country: Country) -> None:
    persons = {row["registration_number"]: row for row in rows(country, "persons")}
    assert len(persons) == len(rows(country, "persons"))
    assert [number for number, row in persons.items() if row["non_disclosure"] == "yes"] == [country.card("marjatta").number]
    assert [number for number, row in persons.items() if row["country"] != "FI"] == [country.card("elin").number]
    assert [number for number, row in persons.items() if not row["street"]] == [country.card("kalle").number]
    assert persons[country.card("bjorn").number]["language"] == "sv"


def test_organisations_have_valid_business_ids_of_no_real_company(country: Country) -> None:
    identifiers = [row["business_id"] for row in rows(country, "organisations")]
    assert 10 <= len(identifiers) == len(set(identifiers)) <= 15
    for identifier in identifiers:
        assert ytunnus.is_valid(identifier)
        assert identifier.startswith("9")


def test_a_business_id_without_a_check_digit_is_not_made() -> None:
    made = [business_id(number) for number in range(9000000, 9000100)]
    assert None in made
    assert all(ytunnus.is_valid(identifier) for identifier in made if identifier)


def test_registration_points_cover_the_counties_with_invented_contacts(country: Country) -> None:
    points = rows(country, "registration-points")
    assert len({row["county"] for row in points}) >= 20
    for row in points:
        assert row["booking_url"].startswith("https://booking.example/")
        assert row["telephone"].startswith("000 000 ")


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 23), 14, date(2028, 1, 23)),
        (date(2026, 12, 31), 14, date(2028, 2, 28)),
        (date(2026, 1, 1), 11, date(2026, 12, 1)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_are_added_over_the_end_of_years(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


def test_dates_move_with_the_moment_and_all_else_with_the_seed(moment: datetime) -> None:
    plans = plan_cards(7)
    one = extracts(plans, 7, moment)
    later = extracts(plans, 7, moment.replace(year=moment.year + 1, day=1))
    assert one[RegisterKind.CARDS] != later[RegisterKind.CARDS]
    for kind in (RegisterKind.PERSONS, RegisterKind.ORGANISATIONS, RegisterKind.REGISTRATION_POINTS):
        assert one[kind] == later[kind]
        assert one[kind] != extracts(plan_cards(8), 8, moment)[kind]
