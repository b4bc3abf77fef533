"""A message's kind and values become a subject and a body in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from babel.dates import format_date

from webvartti.domain.messages import Message
from webvartti.domain.ports import Catalogues
from webvartti.domain.wording import REJECTIONS
from webvartti.messages.errors import WordsUnusable
from webvartti.messages.wording import CLOSING, GREETING, OPTIONAL, WORDINGS

_DAYS = ("card_arrives", "letter_arrives")
_DATE_STYLES = {"fi": ("d.M.y", "fi"), "sv": ("d.M.y", "sv_FI")}
_ENGLISH_DATE = ("d MMMM y", "en_GB")
_REASONS: Mapping[str, str] = {str(reason): words for reason, words in REJECTIONS.items()}
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_NOT_PRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def render(message: Message, catalogues: Catalogues, defaults: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body. ``defaults`` stand in for values that the message doesn't have. Raises WordsUnusable."""
    wording = WORDINGS[message.kind]
    values = _values(message, catalogues, defaults)

    def words(source: str) -> str:
        return _filled(catalogues.gettext(message.language, source), values, message)

    paragraphs = (GREETING, *_wanted(wording.paragraphs, values), *CLOSING)
    return words(wording.subject), "\n\n".join(map(words, paragraphs)) + "\n"


def _values(message: Message, catalogues: Catalogues, defaults: Mapping[str, str]) -> dict[str, str]:
    """Every value on one line, whatever it holds; days and reasons in the reader's language."""
    given = {name: _NOT_PRINTABLE.sub(" ", value).strip() for name, value in message.values.items()}
    values = {**defaults, **{name: value for name, value in given.items() if value}}
    for name in _DAYS:
        if name in values:
            values[name] = _day(values[name], message.language)
    if "reason" in values:
        # an unknown reason is left out: the page of the order tells it
        values["reason"] = catalogues.gettext(message.language, _REASONS.get(values["reason"], ""))
    return {name: value for name, value in values.items() if value}


def _day(text: str, language: str) -> str:
    """yyyy-mm-dd in the reader's way; anything else as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    style, locale = _DATE_STYLES.get(language, _ENGLISH_DATE)
    return format_date(day, style, locale=locale)


def _wanted(paragraphs: tuple[str, ...], values: Mapping[str, str]) -> Iterator[str]:
    for paragraph in paragraphs:
        if all(name in values for name in OPTIONAL.intersection(_PLACEHOLDER.findall(paragraph))):
            yield paragraph


def _filled(words: str, values: Mapping[str, str], message: Message) -> str:
    try:
        return words % values
    except (KeyError, ValueError, TypeError) as problem:
        raise WordsUnusable(f"{message.kind} in {message.language}: {type(problem).__name__}") from None
