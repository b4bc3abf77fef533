"""The blocks of the documents: what an operator is told to run is what the tests run, with other folders and addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^( *)```([a-z]+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def section(document: str, heading: str) -> str:
    """From a heading to the next one, of whatever level; a block's comments are none."""
    found: list[str] = []
    inside = fenced = False
    for line in (DOCS / document).read_text(encoding="utf-8").splitlines(keepends=True):
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("#") and not fenced:
            inside = line.lstrip("#").strip() == heading
        elif inside:
            found.append(line)
    assert found, f"{document} has no heading {heading!r}"
    return "".join(found)


def blocks(document: str, heading: str, language: str) -> list[str]:
    """The fenced blocks of this language in a section, in order."""
    return [dedent(text) for _, name, text in _BLOCK.findall(section(document, heading)) if name == language]


def replaced(text: str, other: Mapping[str, str]) -> str:
    """With the test's own words in place of the document's; each must be there."""
    for word, own in other.items():
        assert word in text, f"{word!r} isn't in: {text}"
        text = text.replace(word, own)
    return text
