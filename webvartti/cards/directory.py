"""The directory files of PKCS#15 (ISO/IEC 7816-15): where things are, and what certificates there are."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cards.errors import CardDataMalformed
from webvartti.cards.tlv import Element, read_element, read_elements

SEQUENCE, INTEGER, OCTET_STRING, UTF8_STRING = 0x30, 0x02, 0x04, 0x0C
# Context tags of PKCS15Objects, of CertificateType's typeAttributes, and of Path's length and TokenInfo's label.
ODF_CERTIFICATES = (0xA4, 0xA5, 0xA6)  # certificates, trustedCertificates, usefulCertificates
ODF_PRIVATE_KEYS, ODF_PINS = (0xA0,), (0xA8,)
TYPE_ATTRIBUTES, PATH_LENGTH, TOKEN_LABEL = 0xA1, 0x80, 0x80
APPLICATION_TEMPLATE, APPLICATION_IDENTIFIER, APPLICATION_PATH = 0x61, 0x4F, 0x51


@dataclass(frozen=True, slots=True)
class FilePath:
    """A file, or ``length`` bytes of it from ``index``; the path begins with 3F00 where it is absolute."""

    path: bytes
    index: int = 0
    length: int | None = None

    def part_of(self, content: bytes) -> bytes:
        end = len(content) if self.length is None else self.index + self.length
        if end > len(content):
            raise CardDataMalformed("a path on the card points beyond its file")
        return content[self.index : end]


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """One x509Certificate of a certificate directory file."""

    label: str
    identifier: bytes
    path: FilePath


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """EF.TokenInfo: the card's name for itself, and its serial number."""

    label: str
    serial: bytes


def read_application_path(content: bytes, identifier: bytes) -> bytes | None:
    """EF.DIR: where the application is; None where it isn't listed with a path."""
    for template in read_elements(content):
        fields = {element.tag: element.value for element in template.children()} if template.tag == APPLICATION_TEMPLATE else {}
        if fields.get(APPLICATION_IDENTIFIER) == identifier and APPLICATION_PATH in fields:
            return fields[APPLICATION_PATH]
    return None


def read_token_info(content: bytes) -> TokenInfo:
    label, serial = "", b""
    for element in first(read_elements(content), SEQUENCE).children():
        if element.tag == OCTET_STRING:
            serial = element.value
        elif element.tag == TOKEN_LABEL:
            label = readable(element.value)
    return TokenInfo(label, serial)


def read_directories(content: bytes, kinds: tuple[int, ...]) -> tuple[FilePath, ...]:
    """EF.ODF: the files that list objects of these kinds."""
    entries = (element for element in read_elements(content) if element.tag in kinds)
    return tuple(read_path(first(entry.children(), SEQUENCE)) for entry in entries)


def read_certificate_entries(content: bytes) -> tuple[CertificateEntry, ...]:
    """EF.CDF. Entries that aren't X.509 have another tag than SEQUENCE, and are passed over."""
    return tuple(_read_entry(element) for element in read_elements(content) if element.tag == SEQUENCE)


def _read_entry(entry: Element) -> CertificateEntry:
    """Of its own a certificate's entry has a SEQUENCE with the path."""
    parts = object_parts(entry, "certificate")
    return CertificateEntry(parts.label, first(parts.of_class, OCTET_STRING).value, read_path(first(parts.of_type, SEQUENCE)))


@dataclass(frozen=True, slots=True)
class ObjectParts:
    """What every entry of an object directory has: elements common to all objects, to its class, and to its type."""

    common: tuple[Element, ...]
    of_class: tuple[Element, ...]
    of_type: tuple[Element, ...]

    @property
    def label(self) -> str:
        """Empty where the card gives none."""
        return next((readable(element.value) for element in self.common if element.tag == UTF8_STRING), "")

    @property
    def authority(self) -> bytes:
        """The identifier of the PIN that opens or unblocks it, empty without one."""
        return next((element.value for element in self.common if element.tag == OCTET_STRING), b"")


def object_parts(entry: Element, what: str) -> ObjectParts:
    """{ common object attributes, class attributes, [0] ..., [1] { SEQUENCE of its type } } (ISO/IEC 7816-15, 8.2).

    Raises CardDataMalformed, which names ``what`` it is.
    """
    children = entry.children()
    attributes = [element for element in children if element.tag == SEQUENCE]
    if len(attributes) < 2:
        raise CardDataMalformed(f"the entry of a {what} on the card is incomplete")
    of_type = first(first(children, TYPE_ATTRIBUTES).children(), SEQUENCE).children()
    return ObjectParts(attributes[0].children(), attributes[1].children(), of_type)


def read_path(path: Element) -> FilePath:
    """Path ::= SEQUENCE { path OCTET STRING, index INTEGER OPTIONAL, length [0] INTEGER OPTIONAL }."""
    fields = path.children()
    numbers = {element.tag: number(element) for element in fields}
    return FilePath(first(fields, OCTET_STRING).value, numbers.get(INTEGER, 0), numbers.get(PATH_LENGTH))


def read_certificate(content: bytes) -> bytes:
    """The DER of a certificate file, without what fills the rest of the file. Not parsed: that is for who uses it."""
    element = read_element(content)
    if element.tag != SEQUENCE:
        raise CardDataMalformed("a certificate file of the card holds something else")
    return element.encoded


def first(elements: tuple[Element, ...], tag: int) -> Element:
    for element in elements:
        if element.tag == tag:
            return element
    raise CardDataMalformed(f"a file of the card lacks an element with tag {tag:02X}")


def number(element: Element) -> int:
    """An INTEGER that can't be negative; more than four bytes of it are more than any card has of anything."""
    return int.from_bytes(element.value[:4])


def readable(text: bytes) -> str:
    """A label, for a page or a terminal: what doesn't print (escape sequences, direction marks) becomes a mark."""
    decoded = text[:255].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in decoded)
