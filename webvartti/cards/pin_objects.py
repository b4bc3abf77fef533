"""EF.AOD: what the card says about its PINs, and the block in which it wants them typed (ISO/IEC 7816-15, 8.9)."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cards.directory import INTEGER, OCTET_STRING, SEQUENCE, FilePath, first, number, object_parts, read_path
from webvartti.cards.errors import CardDataMalformed, PinNotStorable
from webvartti.cards.tlv import Element, read_elements

BIT_STRING, ENUMERATED, _REFERENCE = 0x03, 0x0A, 0x80
_NEEDS_PADDING, _UNBLOCKING = 5, 6  # bits of PinFlags
_DIGITS_AS_TEXT = (1, 2)  # PinType ascii-numeric and utf8; other types pack digits, and no card here has them
_LONGEST_BLOCK = 64


@dataclass(frozen=True, slots=True)
class PinObject:
    """One PIN. ``unblocked_by`` is the identifier of the code that sets it anew; ``path`` the folder that it counts in."""

    label: str
    identifier: bytes
    unblocked_by: bytes
    reference: int
    digits: tuple[int, int]
    stored_length: int
    pad: int | None
    unblocking: bool
    as_text: bool
    path: FilePath | None

    def block(self, typed: str) -> bytes:
        """What was typed as the card compares it. Raises PinNotStorable."""
        if not self.as_text or not typed.isascii() or not 0 < len(typed) <= self.stored_length:
            raise PinNotStorable
        block = typed.encode("ascii")
        return block if self.pad is None else block.ljust(self.stored_length, bytes((self.pad,)))


def read_pin_objects(content: bytes) -> tuple[PinObject, ...]:
    """Biometric templates and the like have another tag than SEQUENCE, and are passed over. Raises CardDataMalformed."""
    return tuple(_read(element) for element in read_elements(content) if element.tag == SEQUENCE)


def _read(entry: Element) -> PinObject:
    """Of its own a PIN's entry has PinAttributes."""
    parts = object_parts(entry, "PIN")
    pin = parts.of_type
    flags = bits_of(first(pin, BIT_STRING))
    shortest, stored, longest = _lengths(pin)
    return PinObject(
        label=parts.label,
        identifier=first(parts.of_class, OCTET_STRING).value,
        unblocked_by=parts.authority,
        reference=_reference(pin),
        digits=(shortest, longest),
        stored_length=stored,
        pad=_pad(pin) if _NEEDS_PADDING in flags else None,
        unblocking=_UNBLOCKING in flags,
        as_text=number(first(pin, ENUMERATED)) in _DIGITS_AS_TEXT,
        path=next((read_path(element) for element in pin if element.tag == SEQUENCE), None),
    )


def _lengths(pin: tuple[Element, ...]) -> tuple[int, int, int]:
    """minLength, storedLength, and maxLength, which may be absent."""
    lengths = [number(element) for element in pin if element.tag == INTEGER]
    if len(lengths) < 2:
        raise CardDataMalformed("a PIN's entry on the card has no lengths")
    shortest, stored = lengths[:2]
    longest = min(lengths[2], stored) if len(lengths) > 2 else stored
    if not 0 < shortest <= longest <= _LONGEST_BLOCK:
        raise CardDataMalformed("a PIN's entry on the card has impossible lengths")
    return shortest, min(stored, _LONGEST_BLOCK), longest


def _reference(pin: tuple[Element, ...]) -> int:
    """0 where it is absent; P2 of the PIN commands has eight bits."""
    return next((number(element) & 0xFF for element in pin if element.tag == _REFERENCE), 0)


def _pad(pin: tuple[Element, ...]) -> int:
    return next((element.value[0] for element in pin if element.tag == OCTET_STRING and element.value), 0x00)


def bits_of(string: Element) -> frozenset[int]:
    """The numbers of the bits that are set in a BIT STRING; bit 0 is the first."""
    content = string.value[1:9]
    return frozenset(8 * position + bit for position, octet in enumerate(content) for bit in range(8) if octet & (0x80 >> bit))
