"""Which cards end when, against a count by hand over the demo country's extracts."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from webvartti.demo.country import Country
from webvartti.domain.registers import RegisterKind
from webvartti.registry.embedded import EmbeddedRegister
from webvartti.registry.errors import ExtractNotLoaded


def rows(country: Country, kind: RegisterKind) -> list[dict[str, str]]:
    with (country.directory / "registers" / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_newest_card_of_each_person_and_profession_by_month_and_home(furnished: Country) -> None:
    newest: dict[tuple[str, str, str], str] = {}
    for card in rows(furnished, RegisterKind.CARDS):
        key = card["registration_number"], card["kind"], card["profession"]
        newest[key] = max(newest.get(key, ""), card["valid_until"])
    homes = {
        person["registration_number"]: person["postal_code"]
        for person in rows(furnished, RegisterKind.PERSONS)
        if person["non_disclosure"] == "no" and person["country"] in ("FI", "")
    }
    ends = sorted(newest.values())
    first, last = date.fromisoformat(ends[0]), date.fromisoformat(ends[-2])
    expected: Counter[tuple[date, str]] = Counter()
    for (number, _, _), day in newest.items():
        if ends[0] <= day <= ends[-2]:
            expected[date.fromisoformat(day).replace(day=1), homes.get(number, "")] += 1
    found = EmbeddedRegister(furnished.directory / "register").expiries(first, last)
    assert {(each.month, each.postal_code): each.cards for each in found} == dict(expected)
    assert any(not each.postal_code for each in found), "somebody's home isn't told"


def test_without_an_extract_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ExtractNotLoaded):
        EmbeddedRegister(tmp_path).expiries(date(2027, 1, 1), date(2027, 12, 31))
