"""The port to a card: one command in, one reply out. A reader is behind it, a virtual card, or a card made for a test."""

from __future__ import annotations

from typing import Protocol


class Transmit(Protocol):
    """Sends one command APDU; answers with the response data and the status word (SW1 SW2 as one number).

    Raises CardConnectionLost where no reply comes. It passes on whatever the card says, 61xx and 6Cxx too.
    """

    def __call__(self, apdu: bytes, /) -> tuple[bytes, int]: ...
