"""What a field of an extract may hold. A problem names the column and what is expected, never the value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

from stdnum.exceptions import ValidationError
from stdnum.fi import hetu, ytunnus

from webvartti.registry.errors import RegistryError

Fields = Mapping[str, str]
"""One row: its text by column, without blanks around it."""

_SERIAL = re.compile(r"[0-9a-f]{1,40}")  # RFC 5280 4.1.2.2: at most 20 octets
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LONGEST_TEXT = 500


class BadField(RegistryError):
    """This row can't be accepted; the text is the problem of its BadRow. Never leaves this room."""

    code = "bad-field"


def text(row: Fields, column: str) -> str:
    """Any text, or none."""
    value = row[column]
    if len(value) > _LONGEST_TEXT:
        raise BadField(f"{column}: at most {_LONGEST_TEXT} characters expected")
    return value


def words(row: Fields, column: str) -> str:
    """Some text."""
    if not row[column]:
        raise BadField(f"{column}: must not be empty")
    return text(row, column)


def digits(row: Fields, column: str, count: int) -> str:
    """Exactly ``count`` digits."""
    value = row[column]
    if len(value) != count or not (value.isascii() and value.isdigit()):
        raise BadField(f"{column}: {count} digits expected")
    return value


def choice(row: Fields, column: str, allowed: Sequence[str]) -> str:
    """One of the given words."""
    if row[column] not in allowed:
        raise BadField(f"{column}: one of {', '.join(allowed)} expected")
    return row[column]


def yes_or_no(row: Fields, column: str) -> bool:
    """True for "yes"."""
    return choice(row, column, ("yes", "no")) == "yes"


def day(row: Fields, column: str) -> str:
    """A calendar day as yyyy-mm-dd; the other spellings of ISO 8601 are refused."""
    value = row[column]
    try:
        if date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise BadField(f"{column}: a day as yyyy-mm-dd expected")


def period(row: Fields, *, open_end: bool) -> tuple[str, str | None]:
    """valid_from and valid_until; the latter may be empty (None) with ``open_end``."""
    start = day(row, "valid_from")
    if open_end and not row["valid_until"]:
        return start, None
    end = day(row, "valid_until")
    if end < start:
        raise BadField("valid_until: a day not before valid_from expected")
    return start, end


def certificate_serial(row: Fields, column: str) -> str:
    """Lower-case hexadecimal without leading zeros, as in ``CardId.serial``; RFC 5280 wants it positive."""
    value = row[column].lower().lstrip("0")
    if not _SERIAL.fullmatch(value):
        raise BadField(f"{column}: a positive hexadecimal number of at most 40 digits expected")
    return value


def identity_code(row: Fields, column: str) -> str:
    """A personal identity code with a right check character; the range of fictive and temporary codes is allowed."""
    value = row[column]
    try:
        if value.isascii():
            return hetu.validate(value, allow_temporary=True)
    except ValidationError:
        pass
    raise BadField(f"{column}: a personal identity code with a right check character expected")


def canonical_business_id(value: str) -> str | None:
    """A business identity code with its dash ("2077474-0"), from either spelling; None where it isn't one."""
    try:
        return ytunnus.format(ytunnus.validate(value)) if value.isascii() else None
    except ValidationError:
        return None


def business_id(row: Fields, column: str) -> str:
    """A business identity code (Y-tunnus) with a right check digit."""
    value = canonical_business_id(row[column])
    if value is None:
        raise BadField(f"{column}: a business identity code with a right check digit expected")
    return value


def identifier(row: Fields, column: str) -> str:
    """A short name for machines."""
    if not _IDENTIFIER.fullmatch(row[column]):
        raise BadField(f"{column}: 1 to 64 letters A-Z, digits, dots, dashes or underscores expected")
    return row[column]


def https_url(row: Fields, column: str) -> str:
    """An https address, or nothing."""
    value = text(row, column)
    try:
        parts = urlsplit(value)
        if not value or (parts.scheme == "https" and parts.hostname and not re.search(r"\s", value)):
            return value
    except ValueError:
        pass
    raise BadField(f"{column}: an address that begins with https://, or nothing, expected")
