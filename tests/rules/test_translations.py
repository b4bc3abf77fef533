"""Every message is in every language: nothing missing, unused, fuzzy, or with other placeholders."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
NAMES_AND_NUMBERS = {"WebVartti"}


@pytest.fixture(scope="module")
def extracted() -> set[str]:
    """The message ids in code and templates."""
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    ids: set[str] = set()
    for folder, methods in (("webvartti", [("**.py", "python")]), ("templates", [("**.html", "jinja2")])):
        for _, _, message, _, _ in extract_from_dir(str(ROOT / folder), methods, options, keywords):
            ids |= {message} if isinstance(message, str) else set(message)
    return ids


def catalogue(language: str) -> Catalog:
    data = (ROOT / "webvartti" / "translations" / language / "LC_MESSAGES" / "messages.po").read_bytes()
    return read_po(BytesIO(data), locale=language, abort_invalid=True)


def strings(message: Message) -> list[str]:
    """The translations of one message: one, or one a plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def test_there_are_messages_to_compare(extracted: set[str]) -> None:
    assert len(extracted) > 300


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a42_nothing_is_missing_unused_fuzzy_or_empty(extracted: set[str], language: str) -> None:
    found = catalogue(language)
    ids: set[str] = set()
    for message in found:
        ids |= {message.id} if isinstance(message.id, str) else set(message.id)  # singular and plural
    ids.discard("")
    assert extracted - ids == set(), "missing"
    assert ids - extracted == set(), "unused"
    assert [message.id for message in found if message.id and message.fuzzy] == []
    assert [message.id for message in found if message.id and not all(strings(message))] == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a42_placeholders_and_edges_are_the_same(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else message.id
        for string in strings(message):
            assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(ids[-1])), ids
            assert (string[0].isspace(), string[-1].isspace()) == (ids[0][0].isspace(), ids[0][-1].isspace()), ids
            assert "<" not in string, ids


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a42_nothing_was_left_in_english(language: str) -> None:
    """A sentence of three words or more that is the same in two languages was forgotten."""
    same = [message.id for message in catalogue(language) if message.id and message.id == message.string]
    assert [text for text in same if len(str(text).split()) >= 3 and text not in NAMES_AND_NUMBERS] == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a32_states_have_words_of_their_own(language: str) -> None:
    from webvartti.web.words import STATE_MEANINGS, STATES

    found = catalogue(language)
    for table in (STATES, STATE_MEANINGS):
        words = [found.get(text).string for text in table.values()]  # type: ignore[union-attr]  # missing ones fail above
        assert len(set(map(str, words))) == len(words)
