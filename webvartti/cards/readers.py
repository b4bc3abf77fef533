"""The card readers of this machine, through pyscard and the system's card service.

pyscard is an extra and needs a system library, so it is imported only when a reader is asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from webvartti.cards.errors import (
    CardConnectionLost,
    CardServiceUnavailable,
    CardSupportMissing,
    NoCard,
    NoReader,
    ReaderUnknown,
)
from webvartti.cards.transmit import Transmit


class Pyscard:
    """The parts of pyscard that are used. It is typed as Any: it may be absent, and has no annotations."""

    def __init__(self) -> None:
        """Raises CardSupportMissing, also where the system library behind the package is absent."""
        try:
            self._system: Any = import_module("smartcard.System")
            exceptions: Any = import_module("smartcard.Exceptions")
            pcsc: Any = import_module("smartcard.pcsc.PCSCExceptions")
            self.leave_card: int = import_module("smartcard.scard").SCARD_LEAVE_CARD
        except ImportError as error:
            raise CardSupportMissing from error
        self.no_card: type[Exception] = exceptions.NoCardException
        self.failures: tuple[type[Exception], ...] = (exceptions.SmartcardException, pcsc.BaseSCardException)

    def readers(self) -> list[Any]:
        try:
            return list(self._system.readers())
        except self.failures as error:
            raise CardServiceUnavailable from error


def list_readers() -> tuple[str, ...]:
    """Names of the connected readers. Raises CardSupportMissing or CardServiceUnavailable."""
    return tuple(str(reader) for reader in Pyscard().readers())


@contextlib.contextmanager
def connect(reader: str = "") -> Iterator[Transmit]:
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
    connection = _first_with_a_card(pyscard, chosen)
    try:
        yield _transmit_over(pyscard, connection)
    finally:
        with contextlib.suppress(*pyscard.failures):  # the card may be out already
            connection.disconnect()


def _first_with_a_card(pyscard: Pyscard, readers: list[Any]) -> Any:
    for reader in readers:
        try:
            connection = reader.createConnection()
            # Left as it is on disconnecting: resetting it would end what other programs do with the card.
            connection.connect(disposition=pyscard.leave_card)
        except pyscard.no_card:
            continue
        except pyscard.failures as error:
            raise CardConnectionLost from error
        return connection
    raise NoCard


def _transmit_over(pyscard: Pyscard, connection: Any) -> Transmit:
    def transmit(apdu: bytes) -> tuple[bytes, int]:
        try:
            data, first, second = connection.transmit(list(apdu))
        except pyscard.failures as error:
            raise CardConnectionLost from error
        return bytes(data), first << 8 | second

    return transmit
