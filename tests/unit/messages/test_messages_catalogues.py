"""The words come from the catalogues; where these have none, they are English; a spoiled catalogue stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from webvartti.messages.catalogues import load_catalogues
from webvartti.messages.errors import CatalogueUnusable

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {forms}\\n"\n\n'
TWO_FORMS = HEADER.format(forms="nplurals=2; plural=(n != 1);")
WORDS = """
msgid "Card"
msgstr "Kortti"

msgid "Reader"
msgstr ""

#, fuzzy
msgid "Letter"
msgstr "Kirjain"

#~ msgid "Old"
#~ msgstr "Vanha"

msgid "%(count)s card"
msgid_plural "%(count)s cards"
msgstr[0] "%(count)s kortti"
msgstr[1] "%(count)s korttia"

msgid "%(count)s letter"
msgid_plural "%(count)s letters"
msgstr[0] "%(count)s kirje"
msgstr[1] ""
"""


def write(folder: Path, fi: str | bytes, sv: str = TWO_FORMS) -> Path:
    for language, content in (("fi", fi), ("sv", sv)):
        path = folder / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_translation_or_english(tmp_path: Path) -> None:
    catalogues = load_catalogues(write(tmp_path, TWO_FORMS + WORDS))
    assert catalogues.gettext("fi", "Card") == "Kortti"
    for language, message in (
        ("fi", "Reader"),
        ("fi", "Letter"),
        ("fi", "Old"),
        ("fi", "New"),
        ("sv", "Card"),
        ("en", "Card"),
        ("xx", "Card"),
    ):
        assert catalogues.gettext(language, message) == message
    assert catalogues.gettext("fi", "") == "", "not the header of the file"


@pytest.mark.parametrize(("count", "form"), [(0, "korttia"), (1, "kortti"), (2, "korttia"), (-1, "kortti")])
def test_plural_forms(tmp_path: Path, count: int, form: str) -> None:
    catalogues = load_catalogues(write(tmp_path, TWO_FORMS + WORDS))
    assert catalogues.ngettext("fi", "%(count)s card", "%(count)s cards", count) == f"%(count)s {form}"


@pytest.mark.parametrize(("language", "message"), [("fi", "letter"), ("sv", "card"), ("en", "card"), ("xx", "card")])
def test_plural_without_a_whole_translation_is_english(tmp_path: Path, language: str, message: str) -> None:
    catalogues = load_catalogues(write(tmp_path, TWO_FORMS + WORDS))
    assert catalogues.ngettext(language, f"%(count)s {message}", f"%(count)s {message}s", 1) == f"%(count)s {message}"
    assert catalogues.ngettext(language, f"%(count)s {message}", f"%(count)s {message}s", 3) == f"%(count)s {message}s"


def test_plural_forms_of_the_catalogue_not_of_english(tmp_path: Path) -> None:
    three = HEADER.format(forms="nplurals=3; plural=(n==0 ? 0 : n==1 ? 1 : 2);")
    words = 'msgid "card"\nmsgid_plural "cards"\nmsgstr[0] "none"\nmsgstr[1] "one"\nmsgstr[2] "many"\n'
    catalogues = load_catalogues(write(tmp_path, three + words))
    assert [catalogues.ngettext("fi", "card", "cards", count) for count in (0, 1, 5)] == ["none", "one", "many"]


@pytest.mark.parametrize(
    "content",
    [
        TWO_FORMS + "nonsense",
        (TWO_FORMS + 'msgid "Card"\nmsgstr "Kyllä"\n').encode("latin-1"),
        HEADER.format(forms="nplurals=2; plural=(n +* 1);"),
        HEADER.format(forms="nplurals=2; plural=n;"),
        HEADER.format(forms="nplurals=2; plural=(1 % n);"),
        HEADER.format(forms="nplurals=two; plural=n;"),
        TWO_FORMS.replace("utf-8", "klingon-8") + WORDS,
    ],
)
def test_malformed_catalogue_stops_the_start(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(CatalogueUnusable) as caught:
        load_catalogues(write(tmp_path, content))
    assert "fi" in str(caught.value)


def test_missing_catalogue_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(CatalogueUnusable, match=r"fi.*messages\.po: No such file"):
        load_catalogues(tmp_path)


def test_shipped_catalogues_can_be_read() -> None:
    catalogues = load_catalogues()
    assert catalogues.gettext("fi", "Hello,") == "Hei,"
    assert catalogues.gettext("sv", "Hello,") == "Hej!"
