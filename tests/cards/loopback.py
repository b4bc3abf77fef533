"""The virtual card inside the test process, behind the same port as a reader, with what a card may do otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from webvartti.demo.country import Country
from webvartti.demo.virtual_card.card import T0Link, VirtualCard
from webvartti.demo.virtual_card.encoding import octets, sequence, text, tlv
from webvartti.demo.virtual_card.file_system import FOLDER, MASTER_FILE, pkcs15_files
from webvartti.demo.virtual_card.material import CardMaterial, load_material
from webvartti.demo.virtual_card.pins import PinStore, fresh_records
from webvartti.demo.virtual_card.shapes import FINEID, MYEID, Shape

Reply = tuple[bytes, int]
Answer = Callable[[bytes, Reply], Reply]

DIR = MASTER_FILE + b"\x2f\x00"
ODF, TOKEN_INFO = FOLDER + b"\x50\x31", FOLDER + b"\x50\x32"
AOD, PRKD, CDF = FOLDER + b"\x44\x01", FOLDER + b"\x44\x02", FOLDER + b"\x44\x03"
AUTHENTICATION = FOLDER + b"\x43\x31"  # of the MyEID shape

__all__ = ["FINEID", "MYEID", "CardMaterial", "Loopback", "entry", "material_of", "path", "pkcs15_files", "tlv"]


@dataclass
class Loopback:
    """A CardConnection to a virtual card.

    ``answer`` may change every reply. ``by_aid`` and ``without_description`` tell what SELECT can't do on this card.
    """

    card: VirtualCard
    t0: bool = False
    answer: Answer = lambda apdu, reply: reply
    by_aid: bool = True
    without_description: bool = True
    reader: str = "Loopback 00 00"
    commands: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.link: Callable[[bytes], Reply] = T0Link(self.card) if self.t0 else self.card
        self.answer_to_reset = self.card.shape.atr

    def __call__(self, apdu: bytes) -> Reply:
        self.commands.append(apdu)
        return self.answer(apdu, self._refused(apdu) or self.link(apdu))

    def _refused(self, apdu: bytes) -> Reply | None:
        if apdu[1] != 0xA4:
            return None
        if apdu[2] == 0x04 and not self.by_aid:
            return b"", 0x6A82
        return (b"", 0x6A86) if apdu[3] == 0x0C and not self.without_description else None

    @contextmanager
    def alone(self, *, forget: bool) -> Iterator[None]:
        try:
            yield
        finally:
            if forget:
                self.card.reset()


def material_of(country: Country, slug: str) -> CardMaterial:
    return load_material(country.card(slug))


def virtual_card(
    material: CardMaterial, shape: Shape = MYEID, *, activated: bool = True, files: Mapping[bytes, bytes] | None = None
) -> VirtualCard:
    return VirtualCard(material, shape, PinStore(fresh_records(activated=activated)), files=files)


def path(file: bytes, *more: bytes) -> bytes:
    return sequence(octets(file), *more)


def entry(label: str, identifier: bytes, where: bytes) -> bytes:
    """One x509Certificate of a certificate directory file."""
    return sequence(sequence(text(label)), sequence(octets(identifier)), tlv(0xA1, sequence(where)))
