"""What the registers know: professional rights, cards in circulation, persons, organisations, registration points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.products import CardKind


class RightKind(StrEnum):
    """How a person may practise a profession."""

    LICENSED = "licensed"
    PROTECTED_TITLE = "protected-title"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class ProfessionalRight:
    """One right to practise one profession; ``valid_until`` None means until further notice, both days included.

    ``profession`` is a code of 1.2.246.537.6.140; ``restriction`` is the authority's own text, empty where there is none.
    """

    registration_number: str
    surname: str
    given_names: str
    profession: str
    kind: RightKind
    valid_from: date
    valid_until: date | None
    restriction: str = ""

    def in_force(self, day: date) -> bool:
        """True where the right holds on ``day``."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class CardInCirculation:
    """One card that was handed out, by the serial number of its authentication certificate (as in ``CardId.serial``)."""

    certificate_serial: str
    registration_number: str
    kind: CardKind
    with_photo: bool
    profession: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """What the population data say. With ``non_disclosure`` (turvakielto) the address is never shown, mailed or exported."""

    registration_number: str
    home_address: PostalAddress | None
    non_disclosure: bool
    language: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """An employer to which an activation letter may be addressed; ``business_id`` is the Y-tunnus."""

    business_id: str
    name: str
    address: PostalAddress


@dataclass(frozen=True, slots=True)
class RegistrationPoint:
    """Where a registrar serves people in person; ``county`` is the wellbeing services county."""

    identifier: str
    county: str
    name: str
    address: PostalAddress
    hours: str
    telephone: str
    booking_url: str


class RegisterKind(StrEnum):
    """The extracts that an operator loads, one file each."""

    RIGHTS = "rights"
    CARDS = "cards"
    PERSONS = "persons"
    ORGANISATIONS = "organisations"
    REGISTRATION_POINTS = "registration-points"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which extract or CRL stands behind an answer: its running number, SHA-256 (hex) and count of rows."""

    name: str
    number: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be accepted. ``problem`` names the column and never repeats personal data."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: ``snapshot`` is None where nothing was changed because of bad rows."""

    kind: RegisterKind
    accepted: int
    bad_rows: tuple[BadRow, ...]
    snapshot: Snapshot | None
