"""SELECT and READ BINARY (ISO/IEC 7816-4, 11.1.1 and 11.3.3)."""

from __future__ import annotations

from webvartti.cards.apdu import SHORT_REPLY, Channel, Command
from webvartti.cards.errors import CardFileTooLarge
from webvartti.cards.status_words import FileNotFound, IncorrectParameters, OffsetOutsideFile

MASTER_FILE = b"\x3f\x00"
LARGEST_FILE = 0x8000  # bytes, how far READ BINARY with a short offset reaches; real files are a tenth of it
LONGEST_PATH = 16  # bytes
_SELECT, _READ_BINARY = 0xA4, 0xB0
_BY_IDENTIFIER, _BY_NAME = 0x00, 0x04  # P1
_DESCRIPTION, _NO_DESCRIPTION = 0x00, 0x0C  # P2


def select_application(channel: Channel, identifier: bytes) -> None:
    """By AID. Raises FileNotFound where the card has no such application."""
    _select(channel, _BY_NAME, identifier)


def select_path(channel: Channel, path: bytes) -> None:
    """One file identifier of two bytes after the other, the first from where the card is now (3F00 is the top)."""
    if not path or len(path) % 2 or len(path) > LONGEST_PATH:
        raise FileNotFound(0x6A82)
    for start in range(0, len(path), 2):
        _select(channel, _BY_IDENTIFIER, path[start : start + 2])


def read_binary(channel: Channel) -> bytes:
    """The whole of the selected file, padding included. Raises CardFileTooLarge."""
    content = bytearray()
    while True:
        command = Command(_READ_BINARY, len(content) >> 8, len(content) & 0xFF, expected=SHORT_REPLY)
        try:
            part, at_end = channel.exchange_until_end(command)
        except OffsetOutsideFile:  # the end, met exactly; an empty file has it at its beginning
            return bytes(content)
        content += part
        if at_end or not part:
            return bytes(content)
        if len(content) >= LARGEST_FILE:
            raise CardFileTooLarge(f"a file of the card is larger than {LARGEST_FILE} bytes")


def _select(channel: Channel, by: int, name: bytes) -> None:
    """Without a description of the file in return; cards that can't do without are asked with one."""
    try:
        channel.exchange(Command(_SELECT, by, _NO_DESCRIPTION, name))
    except IncorrectParameters:
        channel.exchange(Command(_SELECT, by, _DESCRIPTION, name, SHORT_REPLY))
