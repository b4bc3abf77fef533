"""The virtual cards as the commands want them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from webvartti.demo.country import load_country
from webvartti.demo.virtual_card.insertion import damage, insert, remove
from webvartti.demo.virtual_card.pins import DEMO_PINS


@dataclass(frozen=True, slots=True)
class VirtualCardTools:
    """The demo's group of commands has refused a production system before any of these is called."""

    def insert(
        self, directory: Path, holder: str, shape: str, activated: bool | None, port: int, say: Callable[[str], None]
    ) -> None:
        """Until it is removed."""
        insert(load_country(directory), holder, shape=shape, activated=activated, port=port, say=say)

    def remove(self, directory: Path, port: int) -> None:
        """Raises NoCardInserted."""
        remove(load_country(directory), port)

    def damage(self, directory: Path, port: int, fault: str) -> None:
        """Raises NoCardInserted."""
        damage(load_country(directory), port, fault)

    def secrets(self) -> Mapping[str, str]:
        """Published: they open nothing real."""
        return {str(slot): digits for slot, digits in DEMO_PINS.items()}
