"""The card readers of this machine, and the connection to a card in one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from webvartti.cards.errors import CardConnectionLost, CardReplyMalformed, CardSilent, NoCard, NoReader, ReaderUnknown
from webvartti.cards.pyscard import Pyscard
from webvartti.domain.card_in_reader import ReaderStatus

PATIENCE_SECONDS = 20.0
"""For one command. Real cards take under two seconds for the longest, a signature."""
_Answer = TypeVar("_Answer")


def list_readers() -> tuple[ReaderStatus, ...]:
    """The connected readers. Raises CardSupportMissing or CardServiceUnavailable."""
    pyscard = Pyscard()
    names = [str(reader) for reader in pyscard.readers()]
    states = pyscard.states(names)
    return tuple(ReaderStatus(name, states[name]) for name in names)


@contextmanager
def connect(reader: str = "", patience_seconds: float = PATIENCE_SECONDS) -> Iterator[PyscardConnection]:
    """A connection to the card in the reader of that name, or in the first reader that holds a card.

    Raises CardSupportMissing, CardServiceUnavailable, NoReader, ReaderUnknown, NoCard.
    """
    pyscard = Pyscard()
    found = pyscard.readers()
    if not found:
        raise NoReader
    chosen = [candidate for candidate in found if reader in ("", str(candidate))]
    if not chosen:
        raise ReaderUnknown(f"no connected reader has that name; there are: {', '.join(map(str, found))}")
    connection = PyscardConnection(pyscard, *_first_with_a_card(pyscard, chosen), patience_seconds)
    try:
        yield connection
    finally:
        connection.close()


class PyscardConnection:
    """A CardConnection through pyscard."""

    def __init__(self, pyscard: Pyscard, reader: str, connection: Any, patience_seconds: float) -> None:
        self._pyscard, self._connection, self._patience = pyscard, connection, patience_seconds
        self._silent = False
        self.reader = reader
        try:
            self.answer_to_reset = bytes(connection.getATR())
            self.t0 = connection.getProtocol() == pyscard.t0
        except pyscard.failures as error:
            raise CardConnectionLost from error

    def __call__(self, apdu: bytes) -> tuple[bytes, int]:
        data, first, second = self._in_time(lambda: self._connection.transmit(list(apdu)))
        return bytes(data), first << 8 | second

    @contextmanager
    def alone(self, *, forget: bool) -> Iterator[None]:
        """A transaction of PC/SC, which may end with a reset of the card."""
        self._in_time(lambda: self._pyscard.begin(self._connection))
        try:
            yield
        finally:
            if not self._silent:
                self._in_time(lambda: self._pyscard.end(self._connection, reset=forget))

    def close(self) -> None:
        """Leave the card as it is. A card that doesn't answer would keep the card service, and this program, waiting."""
        if not self._silent:
            with suppress(*self._pyscard.failures):  # the card may be out already
                self._connection.release()

    def _in_time(self, call: Callable[[], _Answer]) -> _Answer:
        """PC/SC has no time limit of its own: a mute card would hold this program for ever."""
        if self._silent:
            raise CardSilent(self._patience)
        outcome: SimpleQueue[tuple[_Answer | None, Exception | None]] = SimpleQueue()
        Thread(target=_put_outcome, args=(call, outcome), daemon=True).start()
        try:
            answer, error = outcome.get(timeout=self._patience)
        except Empty:
            self._silent = True
            raise CardSilent(self._patience) from None
        if error is not None and (getattr(error, "hresult", None) == self._pyscard.success or isinstance(error, IndexError)):
            raise CardReplyMalformed("the card's reply has no status word") from error  # how newer and older pyscards say so
        if error is not None:
            raise CardConnectionLost from error
        return answer  # type: ignore[return-value]  # there is one where there is no error


def _put_outcome(call: Callable[[], _Answer], outcome: SimpleQueue[tuple[_Answer | None, Exception | None]]) -> None:
    try:
        outcome.put((call(), None))
    except Exception as error:  # raised again by the thread that waits
        outcome.put((None, error))


def _first_with_a_card(pyscard: Pyscard, readers: list[Any]) -> tuple[str, Any]:
    for reader in readers:
        try:
            connection = reader.createConnection()
            # Left as it is on disconnecting: resetting it would end what other programs do with the card.
            connection.connect(disposition=pyscard.leave_card)
        except pyscard.no_card:
            continue
        except pyscard.failures as error:
            raise CardConnectionLost from error
        return str(reader), connection
    raise NoCard
