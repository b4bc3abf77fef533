"""The few commands of ISO/IEC 7816-4 that reading takes: SELECT, READ BINARY, GET RESPONSE, over short APDUs."""

from __future__ import annotations

from webvartti.cards.errors import CardFileTooLarge, CardReplyEndless, CardReplyMalformed
from webvartti.cards.status_words import (
    END_OF_FILE,
    SUCCESS,
    FileNotFound,
    IncorrectParameters,
    OffsetOutsideFile,
    refusal,
)
from webvartti.cards.transmit import Transmit

MASTER_FILE = b"\x3f\x00"
SHORT_REPLY = 256  # bytes, what Le = 00 asks for
LARGEST_FILE = 0x8000  # bytes, how far READ BINARY with a short offset reaches; real files are a tenth of it
LARGEST_REPLY = 64 * 1024  # bytes of one reply over all its parts
MOST_COMMANDS = 4096  # in one reading of a card; a real one takes fewer than a hundred


class Channel:
    """Commands to one card, counted, so that no card keeps this program busy for ever."""

    def __init__(self, transmit: Transmit, most_commands: int = MOST_COMMANDS) -> None:
        self._transmit = transmit
        self._left = most_commands

    def select_application(self, identifier: bytes) -> None:
        """By AID. Raises FileNotFound where the card has no such application."""
        self._select(0x04, identifier)

    def select_path(self, path: bytes) -> None:
        """One file identifier of two bytes after the other, the first from where the card is now (3F00 is the top)."""
        if not path or len(path) % 2 or len(path) > 16:
            raise FileNotFound(0x6A82)
        for start in range(0, len(path), 2):
            self._select(0x00, path[start : start + 2])

    def read_selected(self) -> bytes:
        """The whole of the selected file, padding included."""
        content = bytearray()
        while True:
            try:
                part, status_word = self._exchange(bytes((0x00, 0xB0, len(content) >> 8, len(content) & 0xFF, 0x00)))
            except OffsetOutsideFile:  # the end, met exactly; an empty file has it at its beginning
                return bytes(content)
            content += part
            if status_word == END_OF_FILE or not part:
                return bytes(content)
            if len(content) >= LARGEST_FILE:
                raise CardFileTooLarge(f"a file of the card is larger than {LARGEST_FILE} bytes")

    def _select(self, by: int, name: bytes) -> None:
        """P2 = 0C asks for no description of the file in return; cards that can't do without are asked with 00."""
        command = bytes((0x00, 0xA4, by, 0x0C, len(name))) + name
        try:
            self._exchange(command)
        except IncorrectParameters:
            self._exchange(bytes((0x00, 0xA4, by, 0x00, len(name))) + name + b"\x00")

    def _exchange(self, command: bytes) -> tuple[bytes, int]:
        """A command with its whole reply. Raises a CardRefused for any status word but success and end of file."""
        data, status_word = self._send(command)
        if status_word >> 8 == 0x6C and command[4:5] == b"\x00":  # "ask for exactly this many": T=0, once
            data, status_word = self._send(command[:-1] + bytes((status_word & 0xFF,)))
        reply = bytearray(data)
        while status_word >> 8 == 0x61:
            data, status_word = self._send(bytes((0x00, 0xC0, 0x00, 0x00, status_word & 0xFF)))
            if not data and status_word >> 8 == 0x61:
                raise CardReplyEndless("the card announces more data and sends none")
            reply += data
            if len(reply) > LARGEST_REPLY:
                raise CardReplyEndless(f"a reply of the card is longer than {LARGEST_REPLY} bytes")
        if status_word not in (SUCCESS, END_OF_FILE):
            raise refusal(status_word)
        return bytes(reply), status_word

    def _send(self, command: bytes) -> tuple[bytes, int]:
        if self._left <= 0:
            raise CardReplyEndless("the card needs more commands than any real one")
        self._left -= 1
        data, status_word = self._transmit(command)
        if len(data) > SHORT_REPLY or not 0x6000 <= status_word <= 0x9FFF:
            raise CardReplyMalformed("the card sent what is no reply to a short command")
        return data, status_word
