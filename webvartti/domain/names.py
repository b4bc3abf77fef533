"""Comparing the name on a certificate with the name in a register."""

from __future__ import annotations

import unicodedata
from enum import Enum, auto


class NameDifference(Enum):
    """How far two names of the same registration number are apart."""

    NONE = auto()
    PARTLY = auto()
    WHOLLY = auto()


def folded_name(text: str) -> str:
    """For comparison: one normal form (NFC), capitals and runs of spaces evened out, apostrophes and hyphens of one kind.

    Å, Ä and Ö stay letters of their own: Mäki and Maki are two names.
    """
    text = unicodedata.normalize("NFC", text).casefold()
    text = text.translate(
        {ord(mark): "'" for mark in "\u2019\u02bc\u00b4`"} | {ord(mark): "-" for mark in "\u2010\u2011\u2013"}
    )
    return " ".join(text.split())


def compare_names(on_card: tuple[str, str], in_register: tuple[str, str]) -> NameDifference:
    """Compare (surname, given names) twice. A card may carry only the first of several given names: that is no difference."""
    surname_differs = folded_name(on_card[0]) != folded_name(in_register[0])
    card_given, register_given = folded_name(on_card[1]), folded_name(in_register[1])
    given_differs = card_given != register_given and not f"{register_given} ".startswith(f"{card_given} ")
    if surname_differs and given_differs:
        return NameDifference.WHOLLY
    return NameDifference.PARTLY if surname_differs or given_differs else NameDifference.NONE
