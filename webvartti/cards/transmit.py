"""The port to a card: one command in, one reply out. A reader is behind it, a virtual card, or a card made for a test."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Transmit(Protocol):
    """Sends one command APDU; answers with the response data and the status word (SW1 SW2 as one number).

    Raises CardConnectionLost where no reply comes. It passes on whatever the card says, 61xx and 6Cxx too.
    """

    def __call__(self, apdu: bytes, /) -> tuple[bytes, int]: ...


class CardConnection(Transmit, Protocol):
    """A connection to the card in one reader. It ends for good when the card is pulled out: what is typed for one card never
    reaches another.
    """

    @property
    def reader(self) -> str:
        """The reader's whole name."""
        ...

    @property
    def answer_to_reset(self) -> bytes: ...

    @property
    def t0(self) -> bool:
        """True where the card is spoken to over T=0, which has no place for Le after data."""
        ...

    def alone(self, *, forget: bool) -> AbstractContextManager[None]:
        """No other program talks to the card meanwhile. ``forget``: at the end the card forgets every PIN that was verified."""
        ...
