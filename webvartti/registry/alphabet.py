"""Finding names by how they begin, and putting them in the order of the Finnish and Swedish alphabet."""

from __future__ import annotations

import re
import unicodedata

_LAST_LETTERS = str.maketrans({"å": "{", "ä": "|", "ö": "}"})  # the three characters after z in ASCII


def without_marks(text: str) -> str:
    """Small letters without marks: "Häme" and "hame" are found by the same beginning."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def search_words(text: str) -> list[str]:
    """The words of a name, or of what somebody typed, as they are compared."""
    return re.findall(r"[^\W_]+", without_marks(text))


def alphabetical(text: str) -> str:
    """A sort key: å, ä and ö stand after z, in this order; other marks and capitals make no difference."""
    composed = unicodedata.normalize("NFC", text.casefold()).translate(_LAST_LETTERS)
    return without_marks(composed)
