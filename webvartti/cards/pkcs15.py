"""What a PKCS#15 card shows to anybody: its name, its serial number, its certificates, keys and PINs. No PIN is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from webvartti.cards.apdu import Channel
from webvartti.cards.certificate_facts import read_facts
from webvartti.cards.directory import (
    ODF_CERTIFICATES,
    ODF_PINS,
    ODF_PRIVATE_KEYS,
    CertificateEntry,
    FilePath,
    TokenInfo,
    read_application_path,
    read_certificate,
    read_certificate_entries,
    read_directories,
    read_token_info,
)
from webvartti.cards.errors import CardDataMalformed, NotAPkcs15Card
from webvartti.cards.file_commands import MASTER_FILE, read_binary, select_application, select_path
from webvartti.cards.key_objects import KeyObject, read_key_objects
from webvartti.cards.pin_objects import PinObject, read_pin_objects
from webvartti.cards.status_words import FileNotFound
from webvartti.domain.card_in_reader import CardCertificate, KeyUse

APPLICATION = bytes.fromhex("A000000063504B43532D3135")  # ISO/IEC 7816-15: A000000063 "PKCS-15"
EF_DIR = MASTER_FILE + b"\x2f\x00"
EF_ODF = b"\x50\x31"
EF_TOKEN_INFO = b"\x50\x32"
MOST_OBJECTS = 32
_Found = TypeVar("_Found")


class Pkcs15Card:
    """The PKCS#15 application of a card, found by its AID or, where the card doesn't select by AID, by EF.DIR."""

    def __init__(self, channel: Channel) -> None:
        """Raises NotAPkcs15Card for other cards; as every method, some CardError for what else goes wrong, malice included."""
        self._channel = channel
        self._path = self._find()
        self._directory: bytes | None = None

    def token_info(self) -> TokenInfo:
        return read_token_info(self._read(FilePath(EF_TOKEN_INFO)))

    def certificates(self) -> tuple[CardCertificate, ...]:
        """In the card's order."""
        return tuple(self._certificate(entry) for entry in self._objects(ODF_CERTIFICATES, read_certificate_entries))

    def pins(self) -> tuple[PinObject, ...]:
        return self._objects(ODF_PINS, read_pin_objects)

    def private_keys(self) -> tuple[KeyObject, ...]:
        return self._objects(ODF_PRIVATE_KEYS, read_key_objects)

    def select(self, folder: FilePath | None) -> None:
        """The folder in which a PIN or a key counts; the application's own where there is none."""
        if folder is None or not folder.path.startswith(MASTER_FILE):
            self._select_application()
        if folder is not None and folder.path:
            select_path(self._channel, folder.path)

    def _objects(self, kinds: tuple[int, ...], read: Callable[[bytes], Sequence[_Found]]) -> tuple[_Found, ...]:
        if self._directory is None:
            self._directory = self._read(FilePath(EF_ODF))
        found: list[_Found] = []
        for directory in read_directories(self._directory, kinds):
            found += read(self._read(directory))
            if len(found) > MOST_OBJECTS:
                raise CardDataMalformed(f"the card lists more than {MOST_OBJECTS} objects of a kind")
        return tuple(found)

    def _certificate(self, entry: CertificateEntry) -> CardCertificate:
        der = read_certificate(self._read(entry.path))
        facts, identifier = read_facts(der), entry.identifier.hex().upper()
        if facts is None:
            return CardCertificate(entry.label, identifier, der, KeyUse.OTHER)
        return CardCertificate(entry.label, identifier, der, facts.use, facts.holder, facts.not_before, facts.not_after)

    def _find(self) -> bytes | None:
        """None where selecting by AID works, otherwise the path of the application's folder."""
        try:
            select_application(self._channel, APPLICATION)
        except FileNotFound:
            pass
        else:
            return None
        try:
            select_path(self._channel, EF_DIR)
            path = read_application_path(read_binary(self._channel), APPLICATION)
        except FileNotFound:
            path = None
        if path is None:
            raise NotAPkcs15Card("the card holds no PKCS#15 application, so it is none of the cards that this program knows")
        return path

    def _select_application(self) -> None:
        if self._path is None:
            select_application(self._channel, APPLICATION)
        else:
            select_path(self._channel, self._path)

    def _read(self, file: FilePath) -> bytes:
        """Relative paths begin in the application's folder, which has to be selected again after each absolute one."""
        if not file.path.startswith(MASTER_FILE):
            self._select_application()
        select_path(self._channel, file.path)
        return file.part_of(read_binary(self._channel))
