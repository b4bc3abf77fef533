"""The entries of a CRL, read straight from its DER: the library's objects take three times as long and hold on to memory.

The library has parsed the list before, so what is met here is well-formed; whatever still isn't as RFC 5280 5.1.2.6 and
5.3 say is refused by name, and the number of entries must be the library's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webvartti.pki import crl_der as der
from webvartti.pki.crl_entry_extensions import EntryReasons
from webvartti.pki.crl_errors import CrlUnreadable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TWO_DIGITS = {f"{number:02d}".encode(): number for number in range(100)}
_UTC_TIME_LENGTH, _GENERALIZED_TIME_LENGTH = 13, 15
_PADDING = (0x00, 0xFF)
_DAYS_KEPT = 40_000  # a century

RawEntry = tuple[bytes, int, int]
"""The contents of the serial's INTEGER, seconds since 1970, and the CRLReason (-1 where the entry has none)."""


@dataclass(frozen=True, slots=True)
class RevokedCertificates:
    """Where revokedCertificates lies in the DER of a CRL, and how many entries the library found there."""

    list_der: bytes
    start: int
    end: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[RawEntry]:
        """Raises a RevocationListRefused at the first entry that isn't one, or at the end where entries are missing."""
        reasons, days = EntryReasons(), _Days()
        data, at, found, element = self.list_der, self.start, 0, der.element
        try:
            while at < self.end:
                tag, inside, after = element(data, at, self.end)
                kind, serial, at = element(data, inside, after)
                octets = data[serial:at]
                if tag != der.SEQUENCE or kind != der.INTEGER or not octets or octets[0] in _PADDING:
                    _demand_a_serial(tag, kind, octets)
                tag, inside, until = element(data, at, after)
                revoked_at = days.seconds(tag, data[inside:until])
                yield octets, revoked_at, reasons.reason(data[until:after]) if until < after else -1
                at, found = after, found + 1
        except der.NotDer as error:
            raise CrlUnreadable(f"entry {found + 1} isn't one by RFC 5280 5.1.2.6: {error}") from error
        if found != self.count:
            raise CrlUnreadable(f"{found} entries in place of {self.count}")


def find_entries(list_der: bytes, signed: tuple[int, int], count: int) -> RevokedCertificates:
    """``signed`` is where the contents of the tBSCertList lie. Raises CrlUnreadable."""
    try:
        start, end = _revoked_certificates(list_der, *signed)
    except der.NotDer as error:
        raise CrlUnreadable("not the fields of RFC 5280 5.1.2") from error
    return RevokedCertificates(list_der, start, end, count)


def _revoked_certificates(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The field after the last time; RFC 5280 5.1.2.6: absent where nothing is revoked."""
    seen_time = False
    for tag, _, inside, after in der.children(data, start, end):
        if tag in (der.UTC_TIME, der.GENERALIZED_TIME):
            seen_time = True
        elif seen_time:
            return (inside, after) if tag == der.SEQUENCE else (end, end)
    return end, end


def _demand_a_serial(tag: int, kind: int, octets: bytes) -> None:
    """X.690 8.3.2: the shortest form, otherwise one number would have two serials. Raises NotDer."""
    if tag != der.SEQUENCE or kind != der.INTEGER or not octets:
        raise der.NotDer("no serial number")
    if len(octets) > 1 and (octets[0] == 0xFF) == (octets[1] >= 0x80):
        raise der.NotDer("a serial number that isn't a shortest INTEGER")


class _Days:
    """Dates by their text, each day reckoned once: a million entries share a few thousand days."""

    def __init__(self) -> None:
        self._starts: dict[bytes, int] = {}

    def seconds(self, tag: int, text: bytes) -> int:
        """Since 1970; RFC 5280 4.1.2.5.1 and 4.1.2.5.2: with seconds, in Zulu. Raises NotDer."""
        length = _UTC_TIME_LENGTH if tag == der.UTC_TIME else _GENERALIZED_TIME_LENGTH
        if len(text) != length or text[-1:] != b"Z" or tag not in (der.UTC_TIME, der.GENERALIZED_TIME):
            raise der.NotDer("not a Time")
        try:
            hours, minutes, seconds = _TWO_DIGITS[text[-7:-5]], _TWO_DIGITS[text[-5:-3]], _TWO_DIGITS[text[-3:-1]]
            start = self._starts.get(text[:-7])
            if start is None:
                start = self._start(text[:-7])
        except (KeyError, ValueError) as error:
            raise der.NotDer("not a Time") from error
        if hours > 23 or minutes > 59 or seconds > 59:
            raise der.NotDer("not a Time")
        return start + hours * 3600 + minutes * 60 + seconds

    def _start(self, day: bytes) -> int:
        *century, year, month, number = (_TWO_DIGITS[day[at : at + 2]] for at in range(0, len(day), 2))
        first_years = century[0] * 100 if century else (1900 if year >= 50 else 2000)
        start = (datetime(first_years + year, month, number, tzinfo=UTC) - EPOCH) // timedelta(seconds=1)
        if len(self._starts) < _DAYS_KEPT:
            self._starts[day] = start
        return start
