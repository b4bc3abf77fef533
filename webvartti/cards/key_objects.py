"""EF.PrKD: which private key goes with which certificate, and which PIN opens it (ISO/IEC 7816-15, 8.3)."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cards.directory import INTEGER, OCTET_STRING, SEQUENCE, FilePath, first, number, object_parts, read_path
from webvartti.cards.tlv import Element, read_elements

_EC_KEY = 0xA0


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
    """Of its own a key's entry has a SEQUENCE with the path."""
    parts = object_parts(entry, "key")
    return KeyObject(
        identifier=first(parts.of_class, OCTET_STRING).value,
        opened_by=parts.authority,
        reference=next((number(element) & 0xFF for element in parts.of_class if element.tag == INTEGER), 0),
        path=read_path(first(parts.of_type, SEQUENCE)),
    )
