"""The message catalogues, read from .po files once at the start."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from webvartti.messages.errors import CatalogueUnusable

LANGUAGES = ("fi", "sv")
"""The languages that have a catalogue; English is the language of the message ids."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The finished translations of one language. ``form`` picks the plural form for a count (Plural-Forms)."""

    single: Mapping[str, str]
    plural: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


class PoCatalogues:
    """Implements ``domain.ports.Catalogues``. An unknown language and a missing or fuzzy translation give English."""

    def __init__(self, words: Mapping[str, _Words]) -> None:
        self._words = words

    def gettext(self, language: str, message: str) -> str:
        words = self._words.get(language)
        return message if words is None else words.single.get(message, message)

    def ngettext(self, language: str, singular: str, plural: str, count: int) -> str:
        words = self._words.get(language)
        forms = None if words is None else words.plural.get(singular)
        if words is None or forms is None:
            return singular if count == 1 else plural
        return forms[words.form(abs(count))]


def load_catalogues(folder: Path | None = None) -> PoCatalogues:
    """Read ``LANGUAGE/LC_MESSAGES/messages.po`` below ``folder`` (as shipped where None). Raises CatalogueUnusable."""
    return _shipped() if folder is None else _read_all(folder)


@cache
def _shipped() -> PoCatalogues:
    """Read once a process: both listeners, the worker and every command in it say the same words."""
    return _read_all(Path(str(resources.files("webvartti.translations"))))


def _read_all(folder: Path) -> PoCatalogues:
    return PoCatalogues({language: _read(folder / language / "LC_MESSAGES" / "messages.po") for language in LANGUAGES})


def _read(path: Path) -> _Words:
    try:
        with path.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
        form = _plural_form(catalog)
        return _words(catalog, form)
    except OSError as problem:
        raise CatalogueUnusable(path, problem.strerror or "can't be read") from None
    except (PoFileError, ValueError, LookupError, ArithmeticError) as problem:  # also: unknown character set, n % 0
        raise CatalogueUnusable(path, f"not a message catalogue: {problem}") from problem


def _plural_form(catalog: Catalog) -> Callable[[int], int]:
    """From the header, tried once so that a wrong expression stops the start."""
    form: Callable[[int], int] = gettext.c2py(catalog.plural_expr)
    if any(not 0 <= form(count) < catalog.num_plurals for count in range(200)):
        raise ValueError("Plural-Forms gives a form that doesn't exist")
    return form


def _words(catalog: Catalog, form: Callable[[int], int]) -> _Words:
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            if isinstance(message.string, str) and message.string:
                single[message.id] = message.string
        elif isinstance(message.string, tuple) and len(message.string) == catalog.num_plurals and all(message.string):
            plural[message.id[0]] = message.string
    return _Words(single, plural, form)
