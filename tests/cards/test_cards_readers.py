"""The pyscard adapter against a stand-in for pyscard, and without pyscard at all. No card service is needed."""

from __future__ import annotations

import contextlib
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.cards.loopback import LoopbackCard
from webvartti.cards import connect, list_readers, read_card
from webvartti.cards.errors import (
    CardConnectionLost,
    CardServiceUnavailable,
    CardSupportMissing,
    NoCard,
    NoReader,
    ReaderUnknown,
)


class SmartcardException(Exception):
    """Raised by pyscard's connections."""


class NoCardException(SmartcardException):
    """Raised by pyscard where no card is in the reader."""


class BaseSCardException(Exception):
    """Raised by pyscard where the card service doesn't answer; not a SmartcardException."""


class StandInReader:
    """A reader as pyscard shows it: named by str(), connecting in two steps, speaking in lists of numbers."""

    def __init__(self, name: str, card: LoopbackCard | None = None, fault: Exception | None = None) -> None:
        self.name, self.card, self.fault = name, card, fault
        self.disposition: int | None = None
        self.connected = False

    def __str__(self) -> str:
        return self.name

    def createConnection(self) -> StandInReader:  # noqa: N802 -- pyscard's name
        return self

    def connect(self, disposition: int) -> None:
        if self.card is None:
            raise NoCardException
        self.disposition, self.connected = disposition, True

    def transmit(self, apdu: list[int]) -> tuple[list[int], int, int]:
        if self.fault is not None:
            raise self.fault
        assert self.card is not None
        data, status_word = self.card(bytes(apdu))
        return list(data), status_word >> 8, status_word & 0xFF

    def disconnect(self) -> None:
        self.connected = False
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[StandInReader]:
    """What the stand-in for pyscard finds; tests add readers to it."""
    found: list[StandInReader] = []
    modules: dict[str, dict[str, Any]] = {
        "smartcard": {},
        "smartcard.System": {"readers": lambda: found},
        "smartcard.Exceptions": {"SmartcardException": SmartcardException, "NoCardException": NoCardException},
        "smartcard.pcsc": {},
        "smartcard.pcsc.PCSCExceptions": {"BaseSCardException": BaseSCardException},
        "smartcard.scard": {"SCARD_LEAVE_CARD": 0},
    }
    for name, contents in modules.items():
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    return found


def test_without_pyscard_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "smartcard" or name.startswith("smartcard.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "smartcard", None)  # what Python itself does for a package that can't be found
    for use in (list_readers, lambda: connect().__enter__()):
        with pytest.raises(CardSupportMissing, match=r"pip install 'webvartti\[cards\]'.*pcscd libpcsclite1"):
            use()


def test_what_is_installed_here_leaves_only_card_errors() -> None:
    """With or without pyscard, with or without a card service."""
    with contextlib.suppress(CardSupportMissing, CardServiceUnavailable):
        assert all(isinstance(name, str) for name in list_readers())


def test_readers_are_listed_by_name(readers: list[StandInReader]) -> None:
    assert list_readers() == ()
    readers += [StandInReader("one"), StandInReader("two")]
    assert list_readers() == ("one", "two")


def test_the_first_reader_with_a_card_is_read_and_left_as_it_was(readers: list[StandInReader]) -> None:
    readers += [StandInReader("empty"), StandInReader("full", LoopbackCard(chained=True))]
    with connect() as transmit:
        assert read_card(transmit).label == "DVV card"
        assert readers[1].connected
    assert not readers[1].connected
    assert readers[1].disposition == 0


def test_a_reader_is_chosen_by_name(readers: list[StandInReader]) -> None:
    readers += [StandInReader("one", LoopbackCard()), StandInReader("two", LoopbackCard())]
    with connect("two"):
        assert [reader.connected for reader in readers] == [False, True]
    with pytest.raises(ReaderUnknown, match="one, two"), connect("three"):
        pass


def test_each_lack_has_its_error(readers: list[StandInReader], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoReader), connect():
        pass
    readers.append(StandInReader("empty"))
    with pytest.raises(NoCard), connect():
        pass

    def no_service() -> list[StandInReader]:
        raise BaseSCardException

    monkeypatch.setattr(sys.modules["smartcard.System"], "readers", no_service)
    with pytest.raises(CardServiceUnavailable, match="pcscd"):
        list_readers()


def test_a_card_pulled_out_is_named_and_the_connection_closed(readers: list[StandInReader]) -> None:
    readers.append(StandInReader("one", LoopbackCard(), fault=SmartcardException("gone")))
    with pytest.raises(CardConnectionLost), connect() as transmit:
        read_card(transmit)
    assert not readers[0].connected
