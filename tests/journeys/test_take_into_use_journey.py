"""The guide for a new card, on the screen and on paper."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import Running
from tests.journeys.test_looks import AXE_OPTIONS, keep_pictures

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_on_paper_are_the_rules_and_the_checklist(running: Running, tmp_path: Path, language: str) -> None:
    page = running.open("aino", tmp_path).new_page()
    page.goto(f"{running.public}/{language}/take-into-use")
    found = Axe().run(page, options=AXE_OPTIONS)
    assert found.violations_count == 0, found.generate_report()
    expect(page.locator(".pictured img").first).to_be_visible()
    loaded = "images => images.every(image => image.complete && image.naturalWidth > 0)"
    assert page.locator("main img").evaluate_all(loaded)
    if "WEBVARTTI_TEST_PICTURES" in os.environ:
        folder = Path(os.environ["WEBVARTTI_TEST_PICTURES"])
        keep_pictures(page, "take-into-use", language, folder)
        page.pdf(path=folder / f"take-into-use-{language}.pdf", format="A4")
    page.emulate_media(media="print")
    expect(page.locator(".checklist")).to_be_visible()
    expect(page.locator("main .notice")).to_be_visible()  # nobody asks for a code: on paper too
    for gone in (".pictured", "footer ul", ".languages", "main p.screen >> nth=0"):
        expect(page.locator(gone)).to_be_hidden()
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 pixels an inch
    assert page.evaluate("document.documentElement.scrollHeight") <= 1123, "more than one sheet"
