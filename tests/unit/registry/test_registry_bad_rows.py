"""A row that can't be right is named by line and column, without repeating what it says about a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from webvartti.domain.registers import BadRow, LoadReport, RegisterKind
from webvartti.registry.embedded import EmbeddedRegister

Load = Callable[..., LoadReport]
K = RegisterKind

GOOD = {
    K.RIGHTS: "00098705718,Mäkinen,Aino,001,licensed,2010-06-01,,",
    K.CARDS: "ab12,00098705718,professional,yes,001,2022-01-01,2026-12-31",
    K.PERSONS: "00098705718,131052-308T,Katu 5,00500,Helsinki,,no,fi",
    K.ORGANISATIONS: "2077474-0,Klinikka,Katu 1,20100,Turku",
    K.REGISTRATION_POINTS: "hki,Uusimaa,Piste,Katu 1,00290,Helsinki,8-15,09,https://example.fi",
}
BAD = [
    (K.RIGHTS, "98705718,Mäkinen,Aino,001,licensed,2010-06-01,,", "registration_number: 11 digits"),
    (K.RIGHTS, "٠٠٠٩٨٧٠٥٧١٨,Mäkinen,Aino,001,licensed,2010-06-01,,", "registration_number: 11 digits"),
    (K.RIGHTS, "00098705719,,Aino,001,licensed,2010-06-01,,", "surname: must not be empty"),
    (K.RIGHTS, "00098705719,Mäkinen, ,001,licensed,2010-06-01,,", "given_names: must not be empty"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,1,licensed,2010-06-01,,", "profession: 3 digits"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,Licensed,2010-06-01,,", "kind: one of licensed, protected-title, limited"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,licensed,1.6.2010,,", "valid_from: a day as yyyy-mm-dd"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,licensed,20100601,,", "valid_from: a day as yyyy-mm-dd"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,licensed,2010-06-01,2023-02-29,", "valid_until: a day as yyyy-mm-dd"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,licensed,2010-06-01,2010-05-31,", "valid_until: a day not before valid_from"),
    (K.RIGHTS, f"00098705719,{'M' * 501},Aino,001,licensed,2010-06-01,,", "surname: at most 500"),
    (K.RIGHTS, "00098705719,Mäk\0inen,Aino,001,licensed,2010-06-01,,", "surname: text without control characters"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,licensed,2010-06-01,", "8 fields expected, 7 found"),
    (K.RIGHTS, "00098705719,Mäkinen,Aino,001,licensed,2010-06-01,,,", "8 fields expected, 9 found"),
    (K.RIGHTS, '00098705719,"Mäkinen"x,Aino,001,licensed,2010-06-01,,', "quotation marks don't match"),
    (K.CARDS, "xyz,00098705718,professional,yes,001,2022-01-01,2026-12-31", "certificate_serial: a positive hexadecimal"),
    (K.CARDS, "000,00098705718,professional,yes,001,2022-01-01,2026-12-31", "certificate_serial: a positive hexadecimal"),
    (K.CARDS, f"{'a' * 41},00098705718,professional,yes,001,2022-01-01,2026-12-31", "certificate_serial: a positive"),
    (K.CARDS, "ab13,,professional,yes,001,2022-01-01,2026-12-31", "registration_number: 11 digits"),
    (K.CARDS, "ab13,00098705718,professional,yes,,2022-01-01,2026-12-31", "profession: 3 digits"),
    (K.CARDS, "ab13,00098705718,professional,maybe,001,2022-01-01,2026-12-31", "photo: one of yes, no"),
    (K.CARDS, "ab13,00098705718,gold,yes,001,2022-01-01,2026-12-31", "kind: one of professional, staff"),
    (K.CARDS, "ab13,00098705718,professional,yes,001,2022-01-01,", "valid_until: a day as yyyy-mm-dd"),
    (K.PERSONS, "00098705719,131052-308U,Katu 5,00500,Helsinki,,no,fi", "identity_code: a personal identity code"),
    (K.PERSONS, "00098705719,,Katu 5,00500,Helsinki,,no,fi", "identity_code: a personal identity code"),
    (K.PERSONS, "00098705719,131052-308T,Katu 5,,Helsinki,,no,fi", "postal_code: an address"),
    (K.PERSONS, "00098705719,131052-308T,,00500,,,no,fi", "street, post_office: an address"),
    (K.PERSONS, "00098705719,131052-308T,Katu 5,00500,Helsinki,Suomi,no,fi", "country: an address"),
    (K.PERSONS, "00098705719,131052-308T,Katu 5,00500,Helsinki,,,fi", "non_disclosure: one of yes, no"),
    (K.PERSONS, "00098705719,131052-308T,Katu 5,00500,Helsinki,,no,se", "language: one of fi, sv, en"),
    (K.ORGANISATIONS, "2077474-1,Klinikka,Katu 1,20100,Turku", "business_id: a business identity code"),
    (K.ORGANISATIONS, "0112038-9,,Katu 1,20100,Turku", "name: must not be empty"),
    (K.ORGANISATIONS, "0112038-9,Klinikka,Katu 1,2010,Turku", "postal_code: an address"),
    (K.REGISTRATION_POINTS, "h ki,Uusimaa,Piste,Katu 1,00290,Helsinki,8-15,09,", "identifier: 1 to 64 letters"),
    (K.REGISTRATION_POINTS, "tku,,Piste,Katu 1,00290,Helsinki,8-15,09,", "county: must not be empty"),
    (
        K.REGISTRATION_POINTS,
        "tku,V-S,Piste,Katu 1,00290,Helsinki,8,09,http://example.fi",
        "booking_url: an address that begins",
    ),
    (K.REGISTRATION_POINTS, "tku,V-S,Piste,Katu 1,00290,Helsinki,8,09,javascript:alert(1)", "booking_url: an address that"),
    (K.REGISTRATION_POINTS, "tku,V-S,Piste,Katu 1,00290,Helsinki,8,09,https://[1", "booking_url: an address that begins"),
]


@pytest.mark.parametrize(("kind", "row", "problem"), BAD)
def test_bad_row_is_named_and_nothing_changes(
    register: EmbeddedRegister, load: Load, kind: RegisterKind, row: str, problem: str
) -> None:
    report = load(kind, GOOD[kind], row)
    assert report.snapshot is None
    assert report.accepted == 1
    (bad,) = report.bad_rows
    assert bad.line == 3
    assert bad.problem.startswith(problem), bad.problem
    personal = {"Mäkinen", "Aino", "00098705719", "131052-308", "Katu 5", "1.6.2010"}
    assert not [value for value in personal if value in bad.problem]
    assert register.snapshots() == ()


@pytest.mark.parametrize(("kind", "row", "problem"), BAD[::4])
def test_skip_bad_takes_the_rest(register: EmbeddedRegister, load: Load, kind: RegisterKind, row: str, problem: str) -> None:
    report = load(kind, row, GOOD[kind], skip_bad=True)
    assert [bad.line for bad in report.bad_rows] == [2]
    assert report.snapshot is not None
    assert (report.accepted, report.snapshot.rows) == (1, 1)
    assert register.snapshots() == (report.snapshot,)


@pytest.mark.parametrize("kind", list(K))
def test_rows_with_the_same_key_are_bad_after_the_first(register: EmbeddedRegister, load: Load, kind: RegisterKind) -> None:
    assert [bad.line for bad in load(kind, GOOD[kind], GOOD[kind], GOOD[kind]).bad_rows] == [3, 4]
    report = load(kind, GOOD[kind], GOOD[kind], GOOD[kind], skip_bad=True)
    assert report.bad_rows[0].problem.endswith("the same as on line 2")
    assert report.snapshot is not None
    assert (report.accepted, report.snapshot.rows) == (1, 1)


def test_doubles_in_another_spelling_are_found(load: Load) -> None:
    report = load(K.CARDS, GOOD[K.CARDS], GOOD[K.CARDS].replace("ab12", "00AB12"))
    assert report.bad_rows == (BadRow(3, "certificate_serial: the same as on line 2"),)
    report = load(K.ORGANISATIONS, GOOD[K.ORGANISATIONS], GOOD[K.ORGANISATIONS].replace("-", ""))
    assert report.bad_rows == (BadRow(3, "business_id: the same as on line 2"),)


def test_lines_are_physical_lines(load: Load) -> None:
    """A row over two lines, an empty line, then a bad one on line 6."""
    two_lines = '00098705718,Mäkinen,Aino,001,licensed,2010-06-01,,"Not at night\nnot alone"'
    report = load(K.RIGHTS, two_lines, "", "00098705719,,Aino,001,licensed,2010-06-01,,")
    assert [bad.line for bad in report.bad_rows] == [5]


def test_all_rows_bad_changes_nothing_even_with_skip_bad(register: EmbeddedRegister, load: Load) -> None:
    load(K.RIGHTS, GOOD[K.RIGHTS])
    report = load(K.RIGHTS, "x,y", skip_bad=True)
    assert (report.accepted, report.snapshot, len(report.bad_rows)) == (0, None, 1)
    assert len(register.rights("00098705718")) == 1


def test_at_most_a_thousand_are_listed_and_the_others_counted(load: Load) -> None:
    report = load(K.RIGHTS, *["x"] * 1500)
    assert len(report.bad_rows) == 1000
    assert report.bad_rows[-1].problem.endswith("(and 500 more bad rows that are not listed)")
    assert [bad.line for bad in report.bad_rows] == list(range(2, 1002))


def test_a36_protected_address_is_not_even_stored(register: EmbeddedRegister, load: Load, folder: Path) -> None:
    load(K.PERSONS, "00098705718,131052-308T,Piilopolku 7,00500,Salakyla,,yes,fi")
    person = register.person("00098705718")
    assert person is not None
    assert (person.home_address, person.non_disclosure) == (None, True)
    stored = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"00098705718" in stored, "the search would find it"
    assert b"131052" not in stored
    assert b"Piilopolku" not in stored
    assert b"Salakyla" not in stored


def test_a33_an_identity_code_is_neither_stored_nor_handed_out(register: EmbeddedRegister, load: Load) -> None:
    load(K.PERSONS, GOOD[K.PERSONS])
    assert "131052" not in repr(register.person("00098705718"))
