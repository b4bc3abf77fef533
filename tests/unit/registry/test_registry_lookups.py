"""What comes out of the register is what the extract said."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.products import CardKind
from webvartti.domain.registers import CardInCirculation, LoadReport, ProfessionalRight, RegisterKind, RightKind
from webvartti.registry.embedded import EmbeddedRegister

Load = Callable[..., LoadReport]

PHYSICIAN = "00098705718,Mäkinen,Aino Maria,001,licensed,2010-06-01,,"
DENTIST = "00098705718,Mäkinen,Aino Maria,031,limited,2015-01-01,2027-12-31,Only under supervision"
ORGANISATIONS = (
    "2077474-0,Länsi-Suomen Ääniklinikka Oy,Katu 1,20100,Turku",
    "01120389,Hämeen Apteekki,PL 5,13100,Hämeenlinna",
    "0201256-6,Åbo Läkarcentral Ab,Gatan 2,20100,Åbo",
    "0737546-2,Zeniitti Hoiva Oy,Tie 3,00100,Helsinki",
)
POINTS = (
    "hki-1,Helsinki,Meilahti,Haartmaninkatu 4,00290,Helsinki,ma-pe 8-15,09 1234,https://ajanvaraus.example/hki",
    'tre-1,Pirkanmaa,Tays,Elämänaukio 2,33520,Tampere,"ma-pe 8-15,\nla 9-12",03 1234,',
    "oul-1,Pohjois-Pohjanmaa,Oys,Kajaanintie 50,90220,Oulu,,,",
    "mrh-1,Åland,Centralsjukhuset,Doktorsvägen 1,22100,Mariehamn,,,",
)


def test_rights_of_a_person_with_two_professions(register: EmbeddedRegister, load: Load) -> None:
    report = load(RegisterKind.RIGHTS, DENTIST, PHYSICIAN, "00000000001,Other,Person,001,licensed,2010-06-01,,")
    assert (report.accepted, report.bad_rows) == (3, ())
    number, surname, given = "00098705718", "Mäkinen", "Aino Maria"
    assert register.rights(number) == (
        ProfessionalRight(number, surname, given, "001", RightKind.LICENSED, date(2010, 6, 1), None),
        ProfessionalRight(
            *(number, surname, given, "031", RightKind.LIMITED, date(2015, 1, 1), date(2027, 12, 31), "Only under supervision")
        ),
    )
    assert register.rights("00000000009") == ()


def test_cards_by_person_with_serials_as_a_certificate_gives_them(register: EmbeddedRegister, load: Load) -> None:
    load(
        RegisterKind.CARDS,
        "00AB12cd,00098705718,professional,yes,001,2022-01-01,2026-12-31",
        "77,,staff,no,,2022-01-01,2026-12-31",
    )
    expected = CardInCirculation(
        *("ab12cd", "00098705718", CardKind.PROFESSIONAL, True, "001", date(2022, 1, 1), date(2026, 12, 31))
    )
    assert register.cards("00098705718") == (expected,)
    assert register.cards("") == (), "cards without a holder belong to nobody"


def test_person_with_and_without_an_address(register: EmbeddedRegister, load: Load) -> None:
    load(
        RegisterKind.PERSONS,
        "00098705718,131052-308T,Aleksis Kiven katu 5 B 17,00500,Helsinki,,no,fi",
        "00098705719,010190-900P,,,,,no,sv",
        "00098705720,020291-901E,12 Main Street,D02 X285,Dublin,IE,no,en",
    )
    known = register.person("00098705718")
    assert known is not None
    assert known.home_address == PostalAddress("Aleksis Kiven katu 5 B 17", "00500", "Helsinki", "FI")
    assert (known.non_disclosure, known.language) == (False, "fi")
    unknown = register.person("00098705719")
    assert unknown is not None
    assert (unknown.home_address, unknown.language) == (None, "sv")
    abroad = register.person("00098705720")
    assert abroad is not None
    assert abroad.home_address == PostalAddress("12 Main Street", "D02 X285", "Dublin", "IE")
    assert register.person("00000000000") is None


@pytest.mark.parametrize("business_id", ["0112038-9", "01120389"])
def test_organisation_by_business_id_with_and_without_dash(register: EmbeddedRegister, load: Load, business_id: str) -> None:
    load(RegisterKind.ORGANISATIONS, *ORGANISATIONS)
    found = register.organisation(business_id)
    assert found is not None
    assert (found.business_id, found.name) == ("0112038-9", "Hämeen Apteekki")
    assert found.address == PostalAddress("PL 5", "13100", "Hämeenlinna")
    assert register.find_organisations(business_id, 10) == (found,)


@pytest.mark.parametrize("nonsense", ["", "0112038-8", "'; DROP TABLE extract", "١١٢٠٣٨٩٠", "1" * 5000])
def test_organisation_that_is_none(register: EmbeddedRegister, load: Load, nonsense: str) -> None:
    load(RegisterKind.ORGANISATIONS, *ORGANISATIONS)
    assert register.organisation(nonsense) is None
    assert register.find_organisations(nonsense, 10) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("häm", ["Hämeen Apteekki"]),
        ("HAM apt", ["Hämeen Apteekki"]),
        ("abo", ["Åbo Läkarcentral Ab"]),
        ("Suomen", ["Länsi-Suomen Ääniklinikka Oy"]),
        ("oy", ["Länsi-Suomen Ääniklinikka Oy", "Zeniitti Hoiva Oy"]),
        ("a", ["Hämeen Apteekki", "Länsi-Suomen Ääniklinikka Oy", "Åbo Läkarcentral Ab"]),
        ("omen", []),
        ('" OR *', []),
        (" - ", []),
        ("a\u0308a\u0308ni", ["Länsi-Suomen Ääniklinikka Oy"]),
    ],
)
def test_organisations_by_the_beginning_of_any_word(
    register: EmbeddedRegister, load: Load, text: str, names: list[str]
) -> None:
    load(RegisterKind.ORGANISATIONS, *ORGANISATIONS)
    assert [found.name for found in register.find_organisations(text, 10)] == names
    assert [found.name for found in register.find_organisations(text, 1)] == names[:1]
    assert register.find_organisations(text, 0) == ()


def test_registration_points_in_finnish_alphabetical_order(register: EmbeddedRegister, load: Load) -> None:
    load(RegisterKind.REGISTRATION_POINTS, *POINTS)
    assert [point.identifier for point in register.registration_points()] == ["hki-1", "tre-1", "oul-1", "mrh-1"]
    (tays,) = [point for point in register.registration_points() if point.county == "Pirkanmaa"]
    assert tays.hours == "ma-pe 8-15,\nla 9-12"


@pytest.mark.parametrize(
    ("postal_code", "nearest"),
    [
        ("33100", ["tre-1", "mrh-1"]),
        ("00100", ["hki-1", "mrh-1"]),
        ("99999", ["oul-1", "tre-1"]),
        ("", ["hki-1", "tre-1"]),
        ("SW1A", ["hki-1", "tre-1"]),
    ],
)
def test_nearest_registration_points(register: EmbeddedRegister, load: Load, postal_code: str, nearest: list[str]) -> None:
    load(RegisterKind.REGISTRATION_POINTS, *POINTS)
    assert [point.identifier for point in register.nearest_registration_points(postal_code, 2)] == nearest


def test_a_new_extract_is_seen_at_once_by_every_thread(register: EmbeddedRegister, load: Load) -> None:
    load(RegisterKind.RIGHTS, PHYSICIAN)
    seen: list[int] = []
    loaded, looked = threading.Event(), threading.Event()

    def look() -> None:
        seen.append(len(register.rights("00098705718")))
        looked.set()
        loaded.wait(5)
        seen.append(len(register.rights("00098705718")))

    thread = threading.Thread(target=look)
    thread.start()
    looked.wait(5)
    assert len(register.rights("00098705718")) == 1
    load(RegisterKind.RIGHTS, PHYSICIAN, DENTIST)
    loaded.set()
    thread.join(5)
    assert seen == [1, 2]
    assert len(register.rights("00098705718")) == 2
