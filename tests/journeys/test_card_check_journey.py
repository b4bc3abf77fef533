"""Does my card work? Chromium with a card asks the stand-in for reader software, and tries its certificate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import Running
from tests.journeys.test_looks import AXE_OPTIONS, keep_pictures
from webvartti.demo.reader_software import SCS_PORT, Answer, answering

pytestmark = pytest.mark.journey


@contextmanager
def browser(
    running: Running, directory: Path, answer: Answer | None, slug: str = "aino", **options: object
) -> Iterator[BrowserContext]:
    """Chromium on a computer on which this answers at the reader software's port; None: nothing does.

    The port itself may be another program's on this machine, so Chromium is led from it to one of ours.
    """
    if answer is None:
        yield running.open(slug, directory, port_of={SCS_PORT: 9}, **options)  # discard: nobody listens there
        return
    with answering(running.installation.country, answer, 0, lambda line: None) as stand_in:
        context = running.open(slug, directory, port_of={SCS_PORT: stand_in.port}, **options)
        yield context
        context.close()


def check(running: Running, context: BrowserContext, language: str = "en") -> Page:
    """The page of answers."""
    page = context.new_page()
    page.goto(f"{running.public}/{language}/card-check")
    page.click("#check button")
    page.wait_for_url("**/card-check/TK-*")
    return page


def outcome(page: Page, step: str) -> str | None:
    return page.get_attribute(f"[data-step={step}]", "data-outcome")


def look_at(page: Page, name: str) -> None:
    """Axe, and no sideways scrolling at 320 pixels; a picture where somebody wants one."""
    found = Axe().run(page, options=AXE_OPTIONS)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    page.set_viewport_size({"width": 320, "height": 256})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name} is wider than the screen"
    if "WEBVARTTI_TEST_PICTURES" in os.environ:
        language = page.get_attribute("html", "lang") or ""
        keep_pictures(page, f"check-{name}", language, Path(os.environ["WEBVARTTI_TEST_PICTURES"]))
    page.set_viewport_size({"width": 1280, "height": 900})


def test_reader_software_and_card_are_found_and_the_certificate_is_tried(running: Running, tmp_path: Path) -> None:
    with browser(running, tmp_path, Answer.V1_2) as context:
        page = check(running, context)
        assert [outcome(page, step) for step in ("software", "certificate", "clock", "tls")] == [
            "card-in-reader", "", "clock-right", "tls-1.3",
        ]  # fmt: skip
        code = page.get_attribute("[data-code]", "data-code")
        look_at(page, "answers")
        page.click("[data-step=certificate] button")
        expect(page.locator("[data-outcome=accepted]")).to_be_visible()
        look_at(page, "tried")
        page.click("main a.button")
        page.wait_for_url(f"**/card-check/{code}")
        assert outcome(page, "certificate") == "accepted"
        assert not [cookie for cookie in context.cookies() if cookie["name"] == "__Host-session"]
        page.goto(f"{running.public}/en/card")
        assert "/sign-in" in page.url
    services = running.tools.services()
    assert services.card_checks.find(str(code), services.clock()).certificate == "accepted"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer.NO_CARD, "no-card-in-reader"),
        (Answer.OTHER_VENDOR, "not-reader-software"),
        (Answer.GARBAGE, "not-reader-software"),
        (None, "reader-software-not-reached"),
    ],
)
def test_what_is_wrong_with_the_reader_software_is_told(
    running: Running, tmp_path: Path, answer: Answer | None, expected: str
) -> None:
    with browser(running, tmp_path, answer, slug="signe") as context:
        page = check(running, context, "fi")
        assert outcome(page, "software") == expected
        look_at(page, expected)
        page.click("[data-step=certificate] button")  # Chromium offers no signing certificate
        expect(page.locator("[data-outcome=no-certificate]")).to_be_visible()


def test_without_scripts_the_page_still_leads_to_the_certificate(running: Running, tmp_path: Path) -> None:
    with browser(running, tmp_path, Answer.V1_1, java_script_enabled=False) as context:
        page = check(running, context, "sv")
        assert outcome(page, "software") == "reader-software-not-asked"
        page.click("[data-step=certificate] button")
        expect(page.locator("[data-outcome=accepted]")).to_be_visible()


def test_the_page_keeps_to_its_own_policy(running: Running, tmp_path: Path) -> None:
    complaints: list[str] = []
    with browser(running, tmp_path, Answer.V1_1) as context:
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        check(running, context)
    assert complaints == []
