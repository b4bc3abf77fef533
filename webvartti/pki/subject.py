"""Who the subject is. Attributes are found by their OID, never by position, and the common name is never read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from webvartti.domain.certificates import IdentityUnclear
from webvartti.domain.holders import REGISTRATION_NUMBERS

_PSEUDONYM = NameOID.PSEUDONYM  # 2.5.4.65: the Doctor ID of prescribers
_Attributes = dict[x509.ObjectIdentifier, list[x509.NameAttribute[str | bytes]]]
_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that no name or number holds: controls (NUL), invisible formatting, surrogates, private use, line ends."""

_IS_SERIAL_NUMBER: dict[str, Callable[[str], bool]] = {
    REGISTRATION_NUMBERS: lambda number: re.fullmatch("[0-9]{11}", number) is not None,
}


@dataclass(frozen=True, slots=True)
class SubjectIdentity:
    """The attributes that WebVartti reads; empty where an optional one is absent. Names are in Unicode's NFC."""

    serial_number: str
    surname: str
    given_name: str
    title: str
    doctor_id: str
    organisation: str


def read_subject(subject: x509.Name, namespace: str) -> SubjectIdentity:
    """Raises IdentityUnclear where serialNumber, surname and givenName aren't there once each, or anything isn't plain text.

    A holder of several professions may have several titles: they are joined.
    """
    attributes = _by_kind(subject)
    return SubjectIdentity(
        serial_number=_serial_number(attributes, namespace),
        surname=_required(attributes, NameOID.SURNAME),
        given_name=_required(attributes, NameOID.GIVEN_NAME),
        title=", ".join(_texts(attributes, NameOID.TITLE)),
        doctor_id=_optional(attributes, _PSEUDONYM),
        organisation=_optional(attributes, NameOID.ORGANIZATION_NAME),
    )


def readable_name(subject: x509.Name) -> str:
    """Given name and surname for a page that says why a card was refused; empty where they are unclear."""
    attributes = _by_kind(subject)
    try:
        return f"{_required(attributes, NameOID.GIVEN_NAME)} {_required(attributes, NameOID.SURNAME)}"
    except IdentityUnclear:
        return ""


def _by_kind(subject: x509.Name) -> _Attributes:
    found: _Attributes = {}
    for attribute in subject:
        found.setdefault(attribute.oid, []).append(attribute)
    return found


def _serial_number(attributes: _Attributes, namespace: str) -> str:
    number = _required(attributes, NameOID.SERIAL_NUMBER)
    is_serial_number = _IS_SERIAL_NUMBER.get(namespace, str.isascii)
    if not is_serial_number(number):
        raise IdentityUnclear(f"serialNumber isn't of the form of {namespace}")
    return number


def _required(attributes: _Attributes, oid: x509.ObjectIdentifier) -> str:
    text = _optional(attributes, oid)
    if not text:
        raise IdentityUnclear(f"no attribute {oid.dotted_string}")
    return text


def _optional(attributes: _Attributes, oid: x509.ObjectIdentifier) -> str:
    texts = _texts(attributes, oid)
    if len(texts) > 1:
        raise IdentityUnclear(f"attribute {oid.dotted_string} more than once")
    return texts[0] if texts else ""


def _texts(attributes: _Attributes, oid: x509.ObjectIdentifier) -> list[str]:
    return [_text(attribute) for attribute in attributes.get(oid, ())]


def _text(attribute: x509.NameAttribute[str | bytes]) -> str:
    value = attribute.value
    if not isinstance(value, str) or not value or value != value.strip():
        raise IdentityUnclear(f"attribute {attribute.oid.dotted_string} is empty, padded or no text")
    if value.isascii() and value.isprintable():
        return value
    if any(unicodedata.category(character) in _NOT_TEXT for character in value):
        raise IdentityUnclear(f"attribute {attribute.oid.dotted_string} holds characters that aren't text")
    return unicodedata.normalize("NFC", value)
