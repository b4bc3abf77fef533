"""A command as a card sees it: ISO/IEC 7816-3's four cases of a short APDU, with chained commands put together."""

from __future__ import annotations

from dataclasses import dataclass

WRONG_LENGTH, SECURITY_STATUS_NOT_SATISFIED, BLOCKED = 0x6700, 0x6982, 0x6983
NOT_USABLE, CONDITIONS_NOT_SATISFIED, NOT_A_FILE = 0x6984, 0x6985, 0x6986
WRONG_DATA, FILE_NOT_FOUND, WRONG_P1_P2, NOT_FOUND = 0x6A80, 0x6A82, 0x6A86, 0x6A88
WRONG_OFFSET, UNKNOWN_COMMAND, UNKNOWN_CLASS = 0x6B00, 0x6D00, 0x6E00
_CHAINED = 0x10
_LARGEST_CHAIN = 1024


class Refused(Exception):
    """The card answers with this status word, and with no data."""

    def __init__(self, status_word: int) -> None:
        super().__init__(f"{status_word:04X}")
        self.status_word = status_word


@dataclass(frozen=True, slots=True)
class Apdu:
    """``expected`` is Ne: how many bytes the answer may have, None where none are asked for."""

    instruction: int
    p1: int
    p2: int
    data: bytes
    expected: int | None


class Chain:
    """Puts chained commands (CLA bit 5) together."""

    def __init__(self) -> None:
        self._waiting = b""

    def add(self, raw: bytes) -> Apdu | None:
        """The whole command, or None while more is to come. Raises Refused where it is no command."""
        apdu = read_apdu(raw)
        whole = self._waiting + apdu.data
        self._waiting = b""
        if len(whole) > _LARGEST_CHAIN:
            raise Refused(WRONG_LENGTH)
        if raw[0] & _CHAINED:
            self._waiting = whole
            return None
        return Apdu(apdu.instruction, apdu.p1, apdu.p2, whole, apdu.expected)


def read_apdu(raw: bytes) -> Apdu:
    """Raises Refused."""
    if len(raw) < 4:
        raise Refused(WRONG_LENGTH)
    if raw[0] & ~_CHAINED:
        raise Refused(UNKNOWN_CLASS)
    (_, instruction, p1, p2), body = raw[:4], raw[4:]
    if not body:
        return Apdu(instruction, p1, p2, b"", None)
    if len(body) == 1:
        return Apdu(instruction, p1, p2, b"", body[0] or 256)
    data, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
    if len(data) < body[0] or len(rest) > 1 or not data:
        raise Refused(WRONG_LENGTH)
    return Apdu(instruction, p1, p2, data, (rest[0] or 256) if rest else None)
