"""A register in a folder of its own, and CSV extracts that are right until a test spoils them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from webvartti.domain.registers import LoadReport, RegisterKind
from webvartti.registry.embedded import EmbeddedRegister

Load = Callable[..., LoadReport]

HEADERS = {
    RegisterKind.RIGHTS: "registration_number,surname,given_names,profession,kind,valid_from,valid_until,restriction",
    RegisterKind.CARDS: "certificate_serial,registration_number,kind,photo,profession,valid_from,valid_until",
    RegisterKind.PERSONS: ("registration_number,identity_code,street,postal_code,post_office,country,non_disclosure,language"),
    RegisterKind.ORGANISATIONS: "business_id,name,street,postal_code,post_office",
    RegisterKind.REGISTRATION_POINTS: ("identifier,county,name,street,postal_code,post_office,hours,telephone,booking_url"),
}


def quiet(done: int, in_all: int) -> None:
    """A progress that nobody watches."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "register"


@pytest.fixture
def register(folder: Path) -> EmbeddedRegister:
    return EmbeddedRegister(folder)


@pytest.fixture
def load(register: EmbeddedRegister, tmp_path: Path) -> Load:
    """load(kind, *rows, skip_bad=False): the header row is added."""

    def load_rows(kind: RegisterKind, *rows: str, skip_bad: bool = False) -> LoadReport:
        extract = tmp_path / f"{kind}.csv"
        extract.write_text("\n".join([HEADERS[kind], *rows, ""]), encoding="utf-8")
        return register.load(kind, extract, skip_bad=skip_bad, progress=quiet)

    return load_rows
