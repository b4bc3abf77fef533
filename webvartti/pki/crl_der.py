"""Reading DER where a library's object for every element would take too long: one element at a time, strictly (X.690 10)."""

from __future__ import annotations

from collections.abc import Iterator

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x06, 0x0A
UTC_TIME, GENERALIZED_TIME, SEQUENCE, CONTEXT_0 = 0x17, 0x18, 0x30, 0xA0

_SHORT_FORM = 0x80
_MOST_LENGTH_OCTETS = 4
_LONG_TAG = 0x1F


class NotDer(Exception):
    """Never leaves this room: the caller names what was expected there."""


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """(tag, first octet of the contents, first octet after them) of the element at ``at``; it lies before ``end``.

    Raises NotDer where it doesn't, for tags of more than one octet, and for lengths that are indefinite or not the shortest.
    """
    if at + 2 > end:
        raise NotDer("cut off")
    tag, length, inside = data[at], data[at + 1], at + 2
    if length >= _SHORT_FORM:
        octets = length - _SHORT_FORM
        length = int.from_bytes(data[inside : inside + octets], "big")
        inside += octets
        if not 1 <= octets <= _MOST_LENGTH_OCTETS or length < _SHORT_FORM or length >> 8 * (octets - 1) == 0:
            raise NotDer("not the shortest length")
    if tag & _LONG_TAG == _LONG_TAG or inside + length > end:
        raise NotDer("longer than what holds it")
    return tag, inside, inside + length


def contents(data: bytes, at: int, end: int, expected: int) -> tuple[int, int]:
    """Where the contents of an element with this tag begin and end. Raises NotDer."""
    tag, inside, after = element(data, at, end)
    if tag != expected:
        raise NotDer(f"tag {tag:#04x} in place of {expected:#04x}")
    return inside, after


def children(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(tag, its own first octet, the contents', the first after) of every element between the two. Raises NotDer."""
    at = start
    while at < end:
        tag, inside, after = element(data, at, end)
        yield tag, at, inside, after
        at = after
