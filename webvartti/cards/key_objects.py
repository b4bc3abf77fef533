"""EF.PrKD: which private key goes with which certificate, and which PIN opens it (ISO/IEC 7816-15, 8.3)."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cards.directory import FilePath, first, number, read_path
from webvartti.cards.errors import CardDataMalformed
from webvartti.cards.tlv import Element, read_elements

SEQUENCE, INTEGER, OCTET_STRING = 0x30, 0x02, 0x04
_EC_KEY, _TYPE_ATTRIBUTES = 0xA0, 0xA1


@dataclass(frozen=True, slots=True)
class KeyObject:
    """``identifier`` is its certificate's, ``opened_by`` its PIN's; ``reference`` is 0 where the card names none."""

    identifier: bytes
    opened_by: bytes
    reference: int
    path: FilePath

    def folder(self, *, by_file: bool) -> FilePath:
        """Where the key counts: its path, or what is above it where that is the key's own file."""
        return FilePath(self.path.path[:-2]) if by_file else self.path


def read_key_objects(content: bytes) -> tuple[KeyObject, ...]:
    """RSA and EC keys; other kinds are passed over. Raises CardDataMalformed."""
    return tuple(_read(element) for element in read_elements(content) if element.tag in (SEQUENCE, _EC_KEY))


def _read(entry: Element) -> KeyObject:
    """{ common object attributes, common key attributes, [0] ..., [1] { SEQUENCE { Path, ... } } }."""
    children = entry.children()
    attributes = [element for element in children if element.tag == SEQUENCE]
    if len(attributes) < 2:
        raise CardDataMalformed("a key's entry on the card is incomplete")
    opened_by = [element.value for element in attributes[0].children() if element.tag == OCTET_STRING]
    of_key = attributes[1].children()
    where = first(first(first(children, _TYPE_ATTRIBUTES).children(), SEQUENCE).children(), SEQUENCE)
    return KeyObject(
        identifier=first(of_key, OCTET_STRING).value,
        opened_by=opened_by[0] if opened_by else b"",
        reference=next((number(element) & 0xFF for element in of_key if element.tag == INTEGER), 0),
        path=read_path(where),
    )
