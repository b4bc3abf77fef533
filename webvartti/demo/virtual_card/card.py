"""The virtual card: one command in, one answer out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from webvartti.demo.virtual_card.apdu import NOT_FOUND, UNKNOWN_COMMAND, WRONG_LENGTH, Apdu, Chain, Refused
from webvartti.demo.virtual_card.file_system import pkcs15_files, places
from webvartti.demo.virtual_card.material import CardMaterial
from webvartti.demo.virtual_card.pin_desk import PinDesk
from webvartti.demo.virtual_card.pins import PinStore
from webvartti.demo.virtual_card.selection import FileSystem
from webvartti.demo.virtual_card.shapes import Shape
from webvartti.demo.virtual_card.signing import Signer

Say = Callable[[str], None]
_SUCCESS, _MORE, _EXACT_LENGTH = 0x9000, 0x6100, 0x6C00
_GET_RESPONSE = 0xC0
_SENDS_DATA = frozenset({0x20, 0x22, 0x24, 0x2A, 0x2C, 0xA4})  # with T=0, P3 is the length of what comes or of what is wanted


def silent(line: str) -> None:
    """Nobody listens."""


class VirtualCard:
    """Answers short APDUs as over T=1: ``card(apdu)`` is (data, status word). It never raises for what it is sent.

    ``files`` are on it in place of the usual ones, each by its absolute path.
    """

    def __init__(
        self,
        material: CardMaterial,
        shape: Shape,
        pins: PinStore,
        say: Say = silent,
        files: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self.shape = shape
        self.pins = pins
        self._material, self._say = material, say
        self._files = FileSystem(pkcs15_files(material, shape) if files is None else files, places(shape).keys)
        self._desk = PinDesk(shape, pins, material.pin_digits, say)
        self._signer = Signer(material, shape, self._desk.verified, say)
        self._chain = Chain()
        self._commands: dict[int, Callable[[Apdu], bytes]] = {
            0x20: self._desk.verify,
            0x22: lambda apdu: self._signer.manage_security_environment(apdu, self._files.folder),
            0x24: self._desk.change_reference_data,
            0x2A: self._signer.perform_security_operation,
            0x2C: self._desk.reset_retry_counter,
            0x2E: self._log_out,
            0x84: lambda apdu: secrets.token_bytes(apdu.expected or 8),
            0xA4: self._files.select,
            0xB0: self._files.read_binary,
            0xCA: self._get_data,
        }

    def reset(self) -> None:
        """What a reader does to forget verified PINs."""
        self._files.reset()
        self._desk.verified.clear()
        self._signer.reset()
        self._chain = Chain()
        self._say("RESET")

    def __call__(self, raw: bytes) -> tuple[bytes, int]:
        try:
            apdu = self._chain.add(raw)
            if apdu is None:
                return b"", _SUCCESS
            command = self._commands.get(apdu.instruction)
            if command is None:
                raise Refused(UNKNOWN_COMMAND)
            return command(apdu), _SUCCESS
        except Refused as refused:
            return b"", refused.status_word

    def _log_out(self, apdu: Apdu) -> bytes:
        self._desk.verified.clear()
        return b""

    def _get_data(self, apdu: Apdu) -> bytes:
        """What MyEID tells of itself: its version and serial number (01A0), its algorithms and key lengths (01AA)."""
        if self.shape.keys is not None:
            raise Refused(NOT_FOUND)
        match apdu.p1, apdu.p2:
            case 0x01, 0xA0:
                return b"MyEID" + bytes((4, 5, 0)) + bytes(2) + self._material.serial + bytes(2)
            case 0x01, 0xAA:
                return bytes((1, 0, 0x09)) + b"".join(bits.to_bytes(2) for bits in (2048, 0, 0, 384))
        raise Refused(NOT_FOUND)


class T0Link:
    """A card spoken to over T=0 (ISO/IEC 7816-3, 10): an answer to data waits for GET RESPONSE, a wrong Le is told."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self._waiting = b""

    def __call__(self, raw: bytes) -> tuple[bytes, int]:
        if len(raw) == 5 and raw[1] == _GET_RESPONSE:
            return self._more(raw[4] or 256)
        self._waiting = b""
        if len(raw) == 5 and raw[1] in _SENDS_DATA:  # P3 = 00: a command without data
            return self._card(raw[:4]) if raw[4] == 0 else (b"", WRONG_LENGTH)
        if len(raw) > 5 and len(raw) != 5 + raw[4]:
            return b"", WRONG_LENGTH
        data, status_word = self._card(raw)
        if not data:
            return data, status_word
        if len(raw) > 5:
            self._waiting = data
            return b"", _MORE | len(data) & 0xFF
        asked = (raw[4] or 256) if len(raw) == 5 else 0  # a header alone asks for nothing, and may bring the end of a chain
        return (data, status_word) if len(data) == asked else (b"", _EXACT_LENGTH | len(data) & 0xFF)

    def _more(self, expected: int) -> tuple[bytes, int]:
        if not self._waiting or expected > len(self._waiting):
            return b"", _EXACT_LENGTH | len(self._waiting) & 0xFF if self._waiting else WRONG_LENGTH
        part, self._waiting = self._waiting[:expected], self._waiting[expected:]
        return part, _MORE | len(self._waiting) & 0xFF if self._waiting else _SUCCESS
