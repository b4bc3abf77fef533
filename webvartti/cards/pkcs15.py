"""What a PKCS#15 card shows to anybody: its name, its serial number and its certificates. No PIN is asked for or sent."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.cards.apdu import MASTER_FILE, Channel
from webvartti.cards.directory import (
    CertificateEntry,
    FilePath,
    TokenInfo,
    read_application_path,
    read_certificate,
    read_certificate_directories,
    read_certificate_entries,
    read_token_info,
)
from webvartti.cards.errors import CardDataMalformed, NotAPkcs15Card
from webvartti.cards.status_words import FileNotFound
from webvartti.cards.transmit import Transmit

APPLICATION = bytes.fromhex("A000000063504B43532D3135")  # ISO/IEC 7816-15: A000000063 "PKCS-15"
EF_DIR = MASTER_FILE + b"\x2f\x00"
EF_ODF = b"\x50\x31"
EF_TOKEN_INFO = b"\x50\x32"
MOST_CERTIFICATES = 32


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """``identifier`` is the iD that ties certificate, key and PIN together on the card, in hexadecimal."""

    label: str
    identifier: str
    der: bytes


@dataclass(frozen=True, slots=True)
class CardContents:
    """``serial`` is the card's own serial number, in hexadecimal; certificates come in the card's order."""

    label: str
    serial: str
    certificates: tuple[CardCertificate, ...]


def read_card(transmit: Transmit) -> CardContents:
    """Raises NotAPkcs15Card for other cards, and some CardError for whatever else goes wrong, be it the card's malice."""
    card = Pkcs15Card(Channel(transmit))
    info = card.token_info()
    certificates = tuple(
        CardCertificate(entry.label, entry.identifier.hex().upper(), card.certificate(entry))
        for entry in card.certificate_entries()
    )
    return CardContents(info.label, info.serial.hex().upper(), certificates)


class Pkcs15Card:
    """The PKCS#15 application of a card, found by its AID or, where the card doesn't select by AID, by EF.DIR."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._path = self._find()

    def token_info(self) -> TokenInfo:
        return read_token_info(self._read(FilePath(EF_TOKEN_INFO)))

    def certificate_entries(self) -> tuple[CertificateEntry, ...]:
        directories = read_certificate_directories(self._read(FilePath(EF_ODF)))
        entries: list[CertificateEntry] = []
        for directory in directories:
            entries += read_certificate_entries(self._read(directory))
            if len(entries) > MOST_CERTIFICATES:
                raise CardDataMalformed(f"the card lists more than {MOST_CERTIFICATES} certificates")
        return tuple(entries)

    def certificate(self, entry: CertificateEntry) -> bytes:
        return read_certificate(self._read(entry.path))

    def _find(self) -> bytes | None:
        """None where selecting by AID works, otherwise the path of the application's folder."""
        try:
            self._channel.select_application(APPLICATION)
        except FileNotFound:
            pass
        else:
            return None
        try:
            self._channel.select_path(EF_DIR)
            path = read_application_path(self._channel.read_selected(), APPLICATION)
        except FileNotFound:
            path = None
        if path is None:
            raise NotAPkcs15Card("the card holds no PKCS#15 application")
        return path

    def _read(self, file: FilePath) -> bytes:
        """Relative paths begin in the application's folder, which has to be selected again after each absolute one."""
        if not file.path.startswith(MASTER_FILE):
            if self._path is None:
                self._channel.select_application(APPLICATION)
            else:
                self._channel.select_path(self._path)
        self._channel.select_path(file.path)
        return file.part_of(self._channel.read_selected())
