"""Short APDUs of ISO/IEC 7816-4 and their replies, over T=1 and T=0."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import monotonic

from webvartti.cards.errors import CardReplyEndless, CardReplyMalformed
from webvartti.cards.status_words import END_OF_FILE, SUCCESS, refusal
from webvartti.cards.transmit import Transmit

SHORT_REPLY = 256  # bytes, what Le = 00 asks for
LARGEST_REPLY = 64 * 1024  # bytes of one reply over all its parts
MOST_COMMANDS = 4096  # in one reading of a card; a real one takes fewer than a hundred
MOST_SECONDS = 60.0
"""For all commands of one transaction, in which no other program can use the card. A real one takes two or three."""
_MORE, _EXACTLY = 0x61, 0x6C  # SW1: "so many bytes wait", "ask for exactly so many"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the interindustry class. ``expected`` is Ne, None where no data are asked for.

    ``data`` may be a PIN: it stays out of what is printed.
    """

    instruction: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    expected: int | None = None

    def encoded(self, *, t0: bool) -> bytes:
        """The four cases of ISO/IEC 7816-3, 12.1. Over T=0, P3 is always there, and Le never stands after data."""
        header = bytes((0x00, self.instruction, self.p1, self.p2))
        le = b"" if self.expected is None else bytes((self.expected & 0xFF,))
        if not self.data:
            return header + (le or (b"\x00" if t0 else b""))
        return header + bytes((len(self.data),)) + self.data + (b"" if t0 else le)


def get_response(count: int) -> Command:
    """GET RESPONSE (11.8.1); 0 stands for 256."""
    return Command(0xC0, 0x00, 0x00, expected=count)


class Channel:
    """Commands to one card, counted and timed, so that no card keeps this program and others busy for ever."""

    def __init__(self, transmit: Transmit, *, t0: bool = False, most_commands: int = MOST_COMMANDS) -> None:
        self._transmit = transmit
        self._t0 = t0
        self._left = most_commands
        self.begin()

    def begin(self) -> None:
        """From now on the time counts anew: what was before it, somebody's typing, isn't the card's."""
        self._end = monotonic() + MOST_SECONDS

    def exchange(self, command: Command) -> bytes:
        """The whole of the reply. Raises a CardRefused for any status word but success."""
        return self.exchange_until_end(command)[0]

    def exchange_until_end(self, command: Command) -> tuple[bytes, bool]:
        """The same for a file: (reply, whether the card said that its end was met)."""
        data, status_word = self._send_asking_exactly(command)
        reply = bytearray(data)
        while status_word >> 8 == _MORE:
            data, status_word = self._send_asking_exactly(get_response(status_word & 0xFF))
            if not data and status_word >> 8 == _MORE:
                raise CardReplyEndless("the card announces more data and sends none")
            reply += data
            if len(reply) > LARGEST_REPLY:
                raise CardReplyEndless(f"a reply of the card is longer than {LARGEST_REPLY} bytes")
        if status_word not in (SUCCESS, END_OF_FILE):
            raise refusal(status_word)
        return bytes(reply), status_word == END_OF_FILE

    def _send_asking_exactly(self, command: Command) -> tuple[bytes, int]:
        """Commands that bring data are never sent twice: a PIN would count twice, a signature be made twice."""
        data, status_word = self._send(command)
        if status_word >> 8 == _EXACTLY and command.expected is not None and not command.data:
            data, status_word = self._send(replace(command, expected=status_word & 0xFF))
        return data, status_word

    def _send(self, command: Command) -> tuple[bytes, int]:
        if self._left <= 0:
            raise CardReplyEndless("the card needs more commands than any real one")
        if monotonic() > self._end:
            raise CardReplyEndless(f"the card hasn't come to an end in {MOST_SECONDS:g} seconds: take it out and in again")
        self._left -= 1
        data, status_word = self._transmit(command.encoded(t0=self._t0))
        if len(data) > SHORT_REPLY or not 0x6000 <= status_word <= 0x9FFF:
            raise CardReplyMalformed("the card sent what is no reply to a short command")
        return data, status_word
