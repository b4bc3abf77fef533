"""The columns of each kind of extract, and what becomes of a row of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webvartti.domain.addresses import FINLAND, PostalAddress, undeliverable_parts
from webvartti.domain.products import CardKind
from webvartti.domain.registers import RegisterKind, RightKind
from webvartti.registry import fields
from webvartti.registry.alphabet import alphabetical, search_words
from webvartti.registry.fields import BadField, Fields

Stored = tuple[str | int | None, ...]

_ADDRESS = ("street", "postal_code", "post_office")
_HOLDER_UNKNOWN = (CardKind.STAFF, CardKind.ACTOR, CardKind.BACKUP)


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of extract.

    ``columns`` is the CSV header, in any order; ``key`` are the columns that no two rows share; ``accept`` turns a row into
    the values of ``table`` (column name to SQLite type), or raises BadField. ``indexed`` is a column that is looked up
    beside the first one of the key.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    table: Mapping[str, type]
    accept: Callable[[Fields], Stored]
    indexed: str = ""


def _address(row: Fields) -> PostalAddress:
    address = PostalAddress(
        fields.text(row, "street"), row["postal_code"], fields.text(row, "post_office"), row.get("country") or FINLAND
    )
    wrong = undeliverable_parts(address)
    if wrong:
        raise BadField(f"{', '.join(wrong)}: an address to which post can be delivered expected")
    return address


def _stored_address(address: PostalAddress | None) -> tuple[str | None, ...]:
    if address is None:
        return None, None, None, None
    return address.street, address.postal_code, address.post_office, address.country


def _right(row: Fields) -> Stored:
    return (
        fields.digits(row, "registration_number", 11),
        fields.words(row, "surname"),
        fields.words(row, "given_names"),
        fields.digits(row, "profession", 3),
        fields.choice(row, "kind", tuple(RightKind)),
        *fields.period(row, open_end=True),
        fields.text(row, "restriction"),
    )


def _card(row: Fields) -> Stored:
    kind = CardKind(fields.choice(row, "kind", tuple(CardKind)))
    number, profession = row["registration_number"], row["profession"]
    return (
        fields.certificate_serial(row, "certificate_serial"),
        "" if not number and kind in _HOLDER_UNKNOWN else fields.digits(row, "registration_number", 11),
        kind.value,
        fields.yes_or_no(row, "photo"),
        "" if not profession and kind is not CardKind.PROFESSIONAL else fields.digits(row, "profession", 3),
        *fields.period(row, open_end=False),
    )


def _person(row: Fields) -> Stored:
    """The address of a person with a non-disclosure order (turvakielto) isn't even stored, and nobody's identity code is:
    it is checked, as a sign that the extract is sound, and nothing here needs it (Tietosuojalaki 29).
    """
    fields.identity_code(row, "identity_code")
    non_disclosure = fields.yes_or_no(row, "non_disclosure")
    address = None
    if not non_disclosure and any(row[column] for column in _ADDRESS):
        address = _address(row)
    return (
        fields.digits(row, "registration_number", 11),
        *_stored_address(address),
        non_disclosure,
        fields.choice(row, "language", ("fi", "sv", "en")),
    )


def _organisation(row: Fields) -> Stored:
    name, address = fields.words(row, "name"), _address(row)
    return (
        fields.business_id(row, "business_id"),
        name,
        address.street,
        address.postal_code,
        address.post_office,
        " ".join(search_words(name)),
        alphabetical(name),
    )


def _registration_point(row: Fields) -> Stored:
    county, name, address = fields.words(row, "county"), fields.words(row, "name"), _address(row)
    return (
        fields.identifier(row, "identifier"),
        county,
        name,
        address.street,
        address.postal_code,
        address.post_office,
        fields.text(row, "hours"),
        fields.text(row, "telephone"),
        fields.https_url(row, "booking_url"),
        f"{alphabetical(county)}\n{alphabetical(name)}",
    )


def _texts(*columns: str) -> dict[str, type]:
    return dict.fromkeys(columns, str)


_RIGHTS = (
    *("registration_number", "surname", "given_names", "profession", "kind"),
    *("valid_from", "valid_until", "restriction"),
)
_CARDS = ("certificate_serial", "registration_number", "kind", "photo", "profession", "valid_from", "valid_until")
_PERSONS = ("registration_number", "identity_code", *_ADDRESS, "country", "non_disclosure", "language")
_ORGANISATIONS = ("business_id", "name", *_ADDRESS)
_POINTS = ("identifier", "county", "name", *_ADDRESS, "hours", "telephone", "booking_url")

_STORED_OF_PERSONS = tuple(column for column in _PERSONS if column != "identity_code")

LAYOUTS: Mapping[RegisterKind, Layout] = {
    RegisterKind.RIGHTS: Layout(_RIGHTS, ("registration_number", "profession", "valid_from"), _texts(*_RIGHTS), _right),
    RegisterKind.CARDS: Layout(
        _CARDS, ("certificate_serial",), _texts(*_CARDS) | {"photo": int}, _card, indexed="registration_number"
    ),
    RegisterKind.PERSONS: Layout(
        _PERSONS, ("registration_number",), _texts(*_STORED_OF_PERSONS) | {"non_disclosure": int}, _person
    ),
    RegisterKind.ORGANISATIONS: Layout(
        _ORGANISATIONS, ("business_id",), _texts(*_ORGANISATIONS, "words", "alphabetical"), _organisation
    ),
    RegisterKind.REGISTRATION_POINTS: Layout(_POINTS, ("identifier",), _texts(*_POINTS, "alphabetical"), _registration_point),
}
