"""Reading BER-TLV (ISO/IEC 8825-1), as little of it as PKCS#15 directory files use; definite lengths only."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cards.errors import CardDataMalformed

PADDING = (0x00, 0xFF)  # what the unused end of a file is filled with; neither is a tag that PKCS#15 uses
MOST_ELEMENTS = 256


@dataclass(frozen=True, slots=True)
class Element:
    """One tag and its value. ``encoded`` is the whole of it, tag and length included."""

    tag: int
    value: bytes
    encoded: bytes

    def children(self) -> tuple[Element, ...]:
        return read_elements(self.value)


def read_elements(data: bytes) -> tuple[Element, ...]:
    """The elements of ``data`` up to its padding. Raises CardDataMalformed where a length reaches beyond the data."""
    elements: list[Element] = []
    position = 0
    while position < len(data) and data[position] not in PADDING:
        if len(elements) == MOST_ELEMENTS:
            raise CardDataMalformed(f"more than {MOST_ELEMENTS} elements in one file of the card")
        element = read_element(data, position)
        elements.append(element)
        position += len(element.encoded)
    return tuple(elements)


def read_element(data: bytes, start: int = 0) -> Element:
    """The element that begins at ``start``."""
    tag, position = _read_tag(data, start)
    length, position = _read_length(data, position)
    end = position + length
    if end > len(data):
        raise CardDataMalformed("a length in a file of the card reaches beyond the file")
    return Element(tag, data[position:end], data[start:end])


def _read_tag(data: bytes, position: int) -> tuple[int, int]:
    tag = _byte(data, position)
    if tag & 0x1F != 0x1F:
        return tag, position + 1
    for count in (1, 2):  # two more bytes at most: PKCS#15 has no higher tags
        following = _byte(data, position + count)
        tag = tag << 8 | following
        if not following & 0x80:
            return tag, position + count + 1
    raise CardDataMalformed("a tag in a file of the card is too long")


def _read_length(data: bytes, position: int) -> tuple[int, int]:
    first = _byte(data, position)
    if first < 0x80:
        return first, position + 1
    count = first & 0x7F
    if not 1 <= count <= 3:  # 80 is the indefinite form; four bytes would be more than any card holds
        raise CardDataMalformed("a length in a file of the card has a form that isn't used there")
    octets = data[position + 1 : position + 1 + count]
    if len(octets) < count:
        raise CardDataMalformed("a file of the card ends inside a length")
    return int.from_bytes(octets), position + 1 + count


def _byte(data: bytes, position: int) -> int:
    if position >= len(data):
        raise CardDataMalformed("a file of the card ends too early")
    return data[position]
