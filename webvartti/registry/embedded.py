"""The register that comes with WebVartti: extracts that an operator loads from CSV, one snapshot file each."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.figures import Expiry
from webvartti.domain.ports import Progress
from webvartti.domain.products import CardKind
from webvartti.domain.registers import (
    CardInCirculation,
    LoadReport,
    Organisation,
    ProfessionalRight,
    RegisteredPerson,
    RegisterKind,
    RegistrationPoint,
    RightKind,
    Snapshot,
)
from webvartti.registry.alphabet import search_words
from webvartti.registry.errors import ExtractDamaged, ExtractNotLoaded
from webvartti.registry.expiries import expiries
from webvartti.registry.fields import canonical_business_id
from webvartti.registry.loading import load
from webvartti.registry.snapshot_files import SnapshotFiles

_POINTS = "SELECT identifier, county, name, street, postal_code, post_office, hours, telephone, booking_url FROM extract"


_LONGEST_SEARCH = 100
_MOST_WORDS = 8


class EmbeddedRegister:
    """Implements ``domain.ports.Register`` over the snapshot files in ``folder``; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._files = SnapshotFiles(folder)

    def rights(self, registration_number: str) -> tuple[ProfessionalRight, ...]:
        """By profession and first day."""
        with self._files.reading(RegisterKind.RIGHTS) as connection:
            rows = connection.execute(
                "SELECT registration_number, surname, given_names, profession, kind, valid_from, valid_until, restriction "
                "FROM extract WHERE registration_number = ? ORDER BY profession, valid_from",
                [registration_number],
            )
            return tuple(_right(row) for row in rows)

    def cards(self, registration_number: str) -> tuple[CardInCirculation, ...]:
        """By last day; none for an empty number, which stands for the holders that the register doesn't know."""
        with self._files.reading(RegisterKind.CARDS) as connection:
            rows = connection.execute(
                "SELECT certificate_serial, registration_number, kind, photo, profession, valid_from, valid_until "
                "FROM extract WHERE registration_number = ? AND registration_number <> '' "
                "ORDER BY valid_until, certificate_serial",
                [registration_number],
            )
            return tuple(_card(row) for row in rows)

    def person(self, registration_number: str) -> RegisteredPerson | None:
        """None where the extract has no such person."""
        with self._files.reading(RegisterKind.PERSONS) as connection:
            row = connection.execute(
                "SELECT street, postal_code, post_office, country, non_disclosure, language "
                "FROM extract WHERE registration_number = ?",
                [registration_number],
            ).fetchone()
        if row is None:
            return None
        address = None if row[0] is None else PostalAddress(*row[:4])
        return RegisteredPerson(registration_number, address, bool(row[4]), row[5])

    def organisation(self, business_id: str) -> Organisation | None:
        """By business id with or without its dash; None where it is unknown, or isn't a business id."""
        with self._files.reading(RegisterKind.ORGANISATIONS) as connection:
            row = connection.execute(
                "SELECT business_id, name, street, postal_code, post_office FROM extract WHERE business_id = ?",
                [canonical_business_id(business_id)],
            ).fetchone()
        return None if row is None else _organisation(row)

    def find_organisations(self, text: str, limit: int) -> tuple[Organisation, ...]:
        """In alphabetical order; every word of ``text`` must begin some word of the name."""
        if canonical_business_id(text) is not None:
            found = self.organisation(text)
            return () if found is None else (found,)
        words = dict.fromkeys(search_words(text[:_LONGEST_SEARCH]))  # a search must stay cheap whatever is typed
        wanted = " ".join(f'"{word}"*' for word in list(words)[:_MOST_WORDS])
        with self._files.reading(RegisterKind.ORGANISATIONS) as connection:
            if not wanted:
                return ()
            rows = connection.execute(
                "SELECT business_id, name, street, postal_code, post_office FROM extract "
                "WHERE rowid IN (SELECT rowid FROM extract_fts WHERE extract_fts MATCH ?) ORDER BY alphabetical LIMIT ?",
                [wanted, max(limit, 0)],
            )
            return tuple(_organisation(row) for row in rows)

    def expiries(self, first: date, last: date) -> tuple[Expiry, ...]:
        """See ``expiries.expiries``."""
        return expiries(self._files, first, last)

    def registration_points(self) -> tuple[RegistrationPoint, ...]:
        """All, by county and name."""
        with self._files.reading(RegisterKind.REGISTRATION_POINTS) as connection:
            rows = connection.execute(f"{_POINTS} ORDER BY alphabetical")
            return tuple(_point(row) for row in rows)

    def nearest_registration_points(self, postal_code: str, limit: int) -> tuple[RegistrationPoint, ...]:
        """By the difference of the postal codes as numbers; by county and name for what isn't a Finnish postal code."""
        code = postal_code.strip()
        known = len(code) == 5 and code.isascii() and code.isdigit()
        with self._files.reading(RegisterKind.REGISTRATION_POINTS) as connection:
            rows = connection.execute(
                f"{_POINTS} ORDER BY iif(?, abs(CAST(postal_code AS INTEGER) - ?), 0), alphabetical LIMIT ?",
                [known, int(code) if known else 0, max(limit, 0)],
            )
            return tuple(_point(row) for row in rows)

    def load(self, kind: RegisterKind, extract: Path, *, skip_bad: bool, progress: Progress) -> LoadReport:
        """Read a CSV extract and put it in use; see ``loading.load``."""
        return load(self._files, kind, extract, skip_bad=skip_bad, progress=progress)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The extracts in use; one that is missing or damaged isn't in use, and every look-up in it says so."""
        found = []
        for kind in RegisterKind:
            try:
                found.append(self._files.snapshot(kind))
            except (ExtractNotLoaded, ExtractDamaged):
                continue
        return tuple(found)


def _right(row: tuple[str, ...]) -> ProfessionalRight:
    number, surname, given_names, profession, kind, start, end, restriction = row
    return ProfessionalRight(
        number,
        surname,
        given_names,
        profession,
        RightKind(kind),
        date.fromisoformat(start),
        date.fromisoformat(end) if end else None,
        restriction,
    )


def _card(row: tuple[str, ...]) -> CardInCirculation:
    serial, number, kind, photo, profession, start, end = row
    valid_from, valid_until = date.fromisoformat(start), date.fromisoformat(end)
    return CardInCirculation(serial, number, CardKind(kind), bool(photo), profession, valid_from, valid_until)


def _organisation(row: tuple[str, ...]) -> Organisation:
    return Organisation(row[0], row[1], PostalAddress(*row[2:5]))


def _point(row: tuple[str, ...]) -> RegistrationPoint:
    identifier, county, name, street, postal_code, post_office, hours, telephone, booking_url = row
    address = PostalAddress(street, postal_code, post_office)
    return RegistrationPoint(identifier, county, name, address, hours, telephone, booking_url)
