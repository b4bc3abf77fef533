"""The documents: every link leads somewhere, and every setting in them exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webvartti.config_fields import FIELDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_SETTINGS = ("operating.md", "deployment.md", "databases.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def settings_lines(name: str) -> list[str]:
    """The lines of the blocks that are environment files."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return re.findall(r"^ +((?:export )?WEBVARTTI_\w+.*=.*)$", text, re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """As the usual renderers name headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue  # another site's pages are theirs to move
        file, _, anchor = target.partition("#")
        found = document.parent / file if file else document
        assert found.exists(), f"{document.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{document.name}: {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(document: Path) -> None:
    known = {field.variable for field in FIELDS}
    named = set(re.findall(r"\bWEBVARTTI_[A-Z0-9_]*[A-Z0-9]\b", document.read_text(encoding="utf-8")))
    assert {name for name in named if not name.startswith("WEBVARTTI_TEST_")} <= known


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_settings_stand_as_systemd_reads_them(name: str) -> None:
    """An EnvironmentFile: no `export`, no blanks about the `=`, nothing after the value (systemd.exec(5))."""
    lines = settings_lines(name)
    assert lines
    for line in lines:
        assert re.fullmatch(r"WEBVARTTI_[A-Z0-9_]+=[^\s#\"'$`\\]*", line), line


def test_the_file_that_is_called_complete_has_every_setting_without_a_default_once() -> None:
    named = [line.partition("=")[0] for line in settings_lines("operating.md")]
    assert len(named) == len(set(named))
    assert {field.variable for field in FIELDS if field.default is None} <= set(named)


def test_every_value_in_the_documents_is_one_that_its_setting_takes() -> None:
    """Save the files and accounts, which this machine needn't have."""
    parsers = {field.variable: field.parse for field in FIELDS}
    for name in WITH_SETTINGS:
        for line in settings_lines(name):
            variable, _, value = line.partition("=")
            if not variable.endswith(("_FILE", "_DIRECTORY", "_USER")):
                parsers[variable](value)
