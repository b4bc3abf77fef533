"""Every message in every language: whole, in its own words, and without anything that doesn't belong into an e-mail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webvartti.domain.decisions import RejectionReason
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.wording import REJECTIONS as REASONS
from webvartti.messages.catalogues import PoCatalogues, load_catalogues
from webvartti.messages.errors import WordsUnusable
from webvartti.messages.rendering import render
from webvartti.messages.wording import CLOSING, GREETING, WORDINGS

VALUES = {
    "number": "WV-7K3M-2P",
    "page_url": "https://webvartti.example/fi/orders/WV-7K3M-2P",
    "card_arrives": "2026-12-07",
    "letter_arrives": "2026-12-11",
    "reason": "visit-needed",
    "help_desk": "tuki@webvartti.example",
}
SOURCES = [
    GREETING,
    *CLOSING,
    *REASONS.values(),
    *(text for wording in WORDINGS.values() for text in (wording.subject, *wording.paragraphs)),
]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def catalogues() -> PoCatalogues:
    return load_catalogues()


def message(kind: MessageKind, language: str, **changes: str) -> Message:
    return Message(kind, "aino@example.fi", language, {**VALUES, **changes})


@pytest.mark.parametrize("language", ["fi", "sv", "en", "xx"])
@pytest.mark.parametrize("kind", list(MessageKind))
def test_every_message_renders_with_all_placeholders_filled(catalogues: PoCatalogues, kind: MessageKind, language: str) -> None:
    subject, body = render(message(kind, language), catalogues, {})
    assert "WV-7K3M-2P" in subject
    assert "WV-7K3M-2P" in body
    assert "%" not in subject + body
    assert "PIN" in body or "tunnusluku" in body
    assert "WebVartti" in body
    assert "2026-" not in body, "a day for people, not for machines"


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_translation_with_the_same_placeholders(
    catalogues: PoCatalogues, language: str, source: str
) -> None:
    translated = catalogues.gettext(language, source)
    assert translated != source
    assert sorted(set(PLACEHOLDER.findall(translated))) == sorted(set(PLACEHOLDER.findall(source)))
    translated % VALUES


@pytest.mark.parametrize(
    ("language", "card", "letter"),
    [("fi", "7.12.2026", "11.12.2026"), ("sv", "7.12.2026", "11.12.2026"), ("en", "7 December 2026", "11 December 2026")],
)
def test_days_are_written_as_the_language_does(catalogues: PoCatalogues, language: str, card: str, letter: str) -> None:
    _, body = render(message(MessageKind.ORDER_APPROVED, language), catalogues, {})
    assert card in body
    assert letter in body


@pytest.mark.parametrize("reason", list(RejectionReason))
def test_a32_every_rejection_says_its_reason_in_three_languages(catalogues: PoCatalogues, reason: RejectionReason) -> None:
    bodies = [
        render(message(MessageKind.ORDER_REJECTED, language, reason=reason), catalogues, {})[1]
        for language in ("fi", "sv", "en")
    ]
    assert REASONS[reason] in bodies[2]
    for language, body in zip(("fi", "sv"), bodies, strict=False):
        assert catalogues.gettext(language, REASONS[reason]) in body
    assert not [body for body in bodies if reason.value in body], "the slug is for machines"


@pytest.mark.parametrize("reason", ["", "unheard-of"])
def test_unknown_reason_is_left_to_the_page(catalogues: PoCatalogues, reason: str) -> None:
    _, body = render(message(MessageKind.ORDER_REJECTED, "en", reason=reason), catalogues, {})
    assert "The reason" not in body
    assert VALUES["page_url"] in body


def test_help_desk_from_the_message_else_from_the_sender_else_left_out(catalogues: PoCatalogues) -> None:
    without = {"number": "WV-1"}
    changed = Message(MessageKind.CONTACT_CHANGED, "aino@example.fi", "en", without)
    assert (
        "Help desk: tuki@webvartti.example"
        in render(message(MessageKind.CONTACT_CHANGED, "en"), catalogues, {"help_desk": "x"})[1]
    )
    assert "Help desk: 0295 000 000" in render(changed, catalogues, {"help_desk": "0295 000 000"})[1]
    assert "Help desk:" not in render(changed, catalogues, {})[1]


def test_missing_value_is_a_named_error(catalogues: PoCatalogues) -> None:
    with pytest.raises(WordsUnusable, match="order-received in fi"):
        render(Message(MessageKind.ORDER_RECEIVED, "aino@example.fi", "fi", {}), catalogues, {})


def test_translation_with_a_wrong_placeholder_is_a_named_error(tmp_path: Path) -> None:
    for language in ("fi", "sv"):
        path = tmp_path / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_text('msgid "We have received your order %(number)s"\nmsgstr "Tilaus %(nummer)s"\n', encoding="utf-8")
    with pytest.raises(WordsUnusable):
        render(message(MessageKind.ORDER_RECEIVED, "fi"), load_catalogues(tmp_path), {})


def test_values_cannot_add_lines_or_be_taken_for_placeholders(catalogues: PoCatalogues) -> None:
    spoiled = message(MessageKind.ORDER_RECEIVED, "en", number="WV-1\r\nBcc: x@example.org\u2028%(page_url)s %d")
    subject, body = render(spoiled, catalogues, {})
    assert subject == "We have received your order WV-1 Bcc: x@example.org %(page_url)s %d"
    assert "\nBcc" not in body
