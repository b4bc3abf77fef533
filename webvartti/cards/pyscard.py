"""What is used of pyscard: an extra that needs a system library, so that it is imported only when a reader is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from webvartti.cards.errors import CardConnectionLost, CardServiceUnavailable, CardSupportMissing


class Pyscard:
    """It is typed as Any: it may be absent, and has no annotations."""

    def __init__(self) -> None:
        """Raises CardSupportMissing, also where the system library behind the package is absent."""
        try:
            self._system: Any = import_module("smartcard.System")
            self._scard: Any = import_module("smartcard.scard")
            exceptions: Any = import_module("smartcard.Exceptions")
            pcsc: Any = import_module("smartcard.pcsc.PCSCExceptions")
            self.t0: int = import_module("smartcard.CardConnection").CardConnection.T0_protocol
        except ImportError as error:
            raise CardSupportMissing from error
        self.no_card: type[Exception] = exceptions.NoCardException
        self.failures: tuple[type[Exception], ...] = (exceptions.SmartcardException, pcsc.BaseSCardException)
        self.leave_card: int = self._scard.SCARD_LEAVE_CARD
        self.success: int = self._scard.SCARD_S_SUCCESS

    def readers(self) -> list[Any]:
        """Raises CardServiceUnavailable."""
        try:
            return list(self._system.readers())
        except self.failures as error:
            raise CardServiceUnavailable from error

    def begin(self, connection: Any) -> None:
        """SCardBeginTransaction; waits while another program has the card to itself. Raises CardConnectionLost.

        A card that was reset, by us or by another program, is still the same card: pulled out and put back is another thing.
        """
        result = self._scard.SCardBeginTransaction(connection.component.hcard)
        if result == self._scard.SCARD_W_RESET_CARD:
            connection.reconnect(disposition=self.leave_card)
            result = self._scard.SCardBeginTransaction(connection.component.hcard)
        if result != self._scard.SCARD_S_SUCCESS:
            raise CardConnectionLost

    def end(self, connection: Any, *, reset: bool) -> None:
        """SCardEndTransaction; a card that was pulled out meanwhile leaves nothing to end."""
        disposition = self._scard.SCARD_RESET_CARD if reset else self.leave_card
        self._scard.SCardEndTransaction(connection.component.hcard, disposition)

    def states(self, names: Iterable[str]) -> dict[str, bytes]:
        """The answer to reset of the card in each reader, empty without one. Raises CardServiceUnavailable."""
        states = self.reader_states()
        try:
            return {name: answer for name, (_, answer) in states.wait(dict.fromkeys(names, 0), 0).items()}
        finally:
            states.close()

    def reader_states(self) -> ReaderStates:
        """To be closed. Raises CardServiceUnavailable."""
        return ReaderStates(self._scard)


class ReaderStates:
    """SCardGetStatusChange in a context of its own. A state is a number of flags: what was seen last time, 0 for nothing."""

    def __init__(self, scard: Any) -> None:
        self._scard = scard
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            raise CardServiceUnavailable

    def wait(self, seen: dict[str, int], milliseconds: int) -> dict[str, tuple[int, bytes]]:
        """Until something differs from what was seen, or the time is up: state and answer to reset of each reader."""
        if not seen:
            time.sleep(milliseconds / 1000)
            return {}
        result, found = self._scard.SCardGetStatusChange(self._context, milliseconds, list(seen.items()))
        if result not in (self._scard.SCARD_S_SUCCESS, self._scard.SCARD_E_TIMEOUT):
            raise CardServiceUnavailable
        return {name: (state & ~self._scard.SCARD_STATE_CHANGED, bytes(answer)) for name, state, answer in found}

    def close(self) -> None:
        self._scard.SCardReleaseContext(self._context)
