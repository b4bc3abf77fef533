"""Putting a demo card into the virtual reader, taking it out, and breaking it."""

from __future__ import annotations

from pathlib import Path

from webvartti.demo.country_table import Country
from webvartti.demo.virtual_card.card import Say, VirtualCard, silent
from webvartti.demo.virtual_card.control import Control, give_order
from webvartti.demo.virtual_card.faults import Fault
from webvartti.demo.virtual_card.material import load_material
from webvartti.demo.virtual_card.pins import PinStore, fresh_records, load_store
from webvartti.demo.virtual_card.reader import InsertedCard
from webvartti.demo.virtual_card.shapes import SHAPES, Shape

_FOLDER = "virtual-cards"
_PATIENCE_SECONDS = 10.0


def open_card(country: Country, slug: str, shape: Shape, *, activated: bool | None, say: Say = silent) -> VirtualCard:
    """The card of one holder with the PINs that an earlier run left. ``activated`` makes it anew, as its holder knows it or as
    it comes in the mail; None keeps what there is, and is True where there is nothing.

    Raises UnknownCard, CountryDamaged, CardStateDamaged.
    """
    material = load_material(country.card(slug))
    file = country.directory / _FOLDER / f"{slug}.json"
    kept = load_store(file) if activated is None else None
    return VirtualCard(material, shape, kept or PinStore(fresh_records(activated=activated is not False), file), say)


def insert(country: Country, slug: str, *, shape: str, activated: bool | None, port: int, say: Say) -> None:
    """Serve the card until it is removed. Raises as ``open_card``, CardAlreadyInserted, VirtualReaderMissing."""
    with Control(_place(country, port)) as control:
        card = open_card(country, slug, SHAPES[shape], activated=activated, say=say)
        InsertedCard(card, control, port, say).serve(_PATIENCE_SECONDS)


def remove(country: Country, port: int) -> None:
    """Raises NoCardInserted."""
    give_order(_place(country, port), "remove")


def damage(country: Country, port: int, fault: str) -> None:
    """Raises NoCardInserted."""
    give_order(_place(country, port), Fault(fault))


def _place(country: Country, port: int) -> Path:
    return country.directory / _FOLDER / f"reader-{port}.socket"
