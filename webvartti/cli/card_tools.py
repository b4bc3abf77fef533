"""What the card commands get from ``wiring``: the cards in the readers, and the demo's virtual ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from webvartti.domain.card_in_reader import (
    CardContents,
    KeyUse,
    PinName,
    PinStatus,
    ReaderChange,
    ReaderStatus,
    SeenCard,
    SignatureProof,
    SignInOutcome,
)
from webvartti.domain.ports import Stopping


class CardInReader(Protocol):
    """The card in one reader, for as long as it stays there."""

    @property
    def contents(self) -> CardContents: ...

    @property
    def seen(self) -> SeenCard: ...

    def pins(self) -> tuple[PinStatus, ...]:
        """How each PIN and the activation code stand; costs no try."""
        ...

    def ready(self, name: PinName) -> PinStatus:
        """The same for one, which must take tries: otherwise the error says what to do."""
        ...

    def set_pins(self, code: str, new: Mapping[PinName, str], done: Callable[[PinName], None]) -> None:
        """With the activation code; ``done`` hears of each that is set."""
        ...

    def change_pin(self, name: PinName, old: str, new: str) -> None: ...

    def prove_signature(self, use: KeyUse, pin: str, challenge: bytes) -> SignatureProof: ...


class CardTools(Protocol):
    """The cards of this machine."""

    def readers(self) -> tuple[ReaderStatus, ...]: ...

    def open(self, reader: str) -> AbstractContextManager[CardInReader]:
        """The card in the reader of this name, or in the first that holds one."""
        ...

    def watch(self, stopping: Stopping) -> Iterator[ReaderChange]: ...

    def sign_in(self, seen: SeenCard, pin: str, origin: str, ca_file: Path | None, module: Path | None) -> SignInOutcome:
        """To the WebVartti at this public origin, and out again, with that card and no other."""
        ...


class DemoCardTools(Protocol):
    """The demo's cards in pcscd's virtual reader."""

    def insert(
        self, directory: Path, holder: str, shape: str, activated: bool | None, port: int, say: Callable[[str], None]
    ) -> None:
        """Until it is removed. ``activated``: None for as it was left, True and False for anew."""
        ...

    def remove(self, directory: Path, port: int) -> None: ...

    def damage(self, directory: Path, port: int, fault: str) -> None: ...

    def secrets(self) -> Mapping[str, str]:
        """PIN1, PIN2 and activation code of every virtual card, which are published."""
        ...
