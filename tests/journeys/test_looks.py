"""A42 in a real browser: axe, reflow and zoom on every page, in three languages; pictures for people to look at.

WEBVARTTI_TEST_PICTURES=DIR keeps a picture of each page in 320, 768 and 1280 pixels.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

from tests.conftest import Installation
from tests.integration.service.breaking_commits import BreakingCommits, Fate
from tests.journeys.conftest import Running
from tests.web.visitor import build_site
from webvartti.cli.proxy_template import page_policy

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

DEPLOY = Path(__file__).parents[2] / "deploy"
OF_THE_PROXIES = ("busy", "unavailable")
WIDTHS = (320, 768, 1280)
AXE_OPTIONS = {
    "preload": False,
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def pages(running: Running, page: Page, language: str) -> Iterator[str]:
    """Walk through every page once; each name is yielded while its page is open."""
    start = f"{running.public}/{language}"
    for path in ("/", "/sign-in", "/sign-in?ended=yes", "/registration-points", "/registration-points?postal_code=90100",
                 "/registration-points?postal_code=x", "/accessibility", "/privacy", "/feedback", "/feedback/thanks",
                 "/signed-out", "/no-such-page", "/card-check", "/card-check/TK-2222-2222", "/take-into-use"):  # fmt: skip
        page.goto(start + path)
        yield f"public{path}"
    page.goto(f"{start}/feedback")
    page.click("main form button")
    yield "feedback-errors"
    page.goto(f"{running.card}/sign-in")
    yield "card-host"
    page.goto(f"{running.card}/card-check")
    yield "card-host-check"
    page.goto(f"{start}/sign-in")
    page.click("form.sign-in button")
    page.wait_for_url("**/card")
    yield "card"
    page.goto(f"{start}/orders")
    yield "no-orders"
    page.goto(f"{start}/renewal")
    yield "delivery"
    page.check("#home-other")
    page.check("#letter_to-organisation")
    page.click("main form button")
    yield "delivery-errors"
    page.goto(f"{start}/renewal")
    page.fill("#email", "aino@example.fi")
    page.click("main form button")
    yield "check"
    page.click("main form button")
    yield "receipt"
    number = page.get_attribute("[data-order]", "data-order")
    for path in ("", "?already=yes", "/withdraw"):
        page.goto(f"{start}/orders/{number}{path}")
        yield f"order{path}"
    page.goto(f"{start}/card")
    yield "card-with-order"
    page.goto(f"{start}/orders")
    yield "orders"
    page.goto(f"{start}/orders/{number}/withdraw")
    page.click("main form button")
    yield "withdrawn"


def keep_pictures(page: Page, name: str, language: str, folder: Path) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=folder / f"{re.sub('[^a-z0-9]+', '-', name).strip('-')}-{language}-{width}.png", full_page=True)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a42_axe_and_reflow_on_every_page(running: Running, tmp_path: Path, language: str) -> None:
    page = running.open("aino", tmp_path).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    folder = Path(os.environ["WEBVARTTI_TEST_PICTURES"]) if "WEBVARTTI_TEST_PICTURES" in os.environ else None
    for name in pages(running, page, language):
        found = Axe().run(page, options=AXE_OPTIONS)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        # 320 CSS pixels are 1280 pixels at a zoom of 400 percent (WCAG 1.4.10)
        page.set_viewport_size({"width": 320, "height": 256})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name} is wider than the screen"
        if folder:
            keep_pictures(page, name, language, folder)
        page.set_viewport_size({"width": 1280, "height": 900})
    policy = [text for text in complaints if "Content Security Policy" in text or "Refused" in text]
    assert policy == []


def test_a42_axe_on_the_hand_over_without_scripts(running: Running, tmp_path: Path) -> None:
    """With scripts nobody sees it; axe is one, so it runs beside the page's own, which are off."""
    context = running.open("aino", tmp_path)
    context.route("**/continue.js", lambda route: route.abort())
    page = context.new_page()
    for language in ("fi", "sv", "en"):
        page.goto(f"{running.public}/{language}/sign-in")
        page.click("form.sign-in button")
        page.wait_for_selector("#continue")
        found = Axe().run(page, options=AXE_OPTIONS)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size({"width": 320, "height": 256})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        if "WEBVARTTI_TEST_PICTURES" in os.environ:
            keep_pictures(page, "hand-over", language, Path(os.environ["WEBVARTTI_TEST_PICTURES"]))


@pytest.mark.parametrize("slug", ["signe", "veikko"])
def test_a42_axe_on_refusals(running: Running, tmp_path: Path, slug: str) -> None:
    page = running.open(slug, tmp_path).new_page()
    for language in ("fi", "sv", "en"):
        page.goto(f"{running.public}/{language}/sign-in")
        page.click("form.sign-in button")
        page.wait_for_selector("[data-refusal]")
        found = Axe().run(page, options=AXE_OPTIONS)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size({"width": 320, "height": 256})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        if "WEBVARTTI_TEST_PICTURES" in os.environ:
            keep_pictures(page, f"refused-{slug}", language, Path(os.environ["WEBVARTTI_TEST_PICTURES"]))


def uncertain(installation: Installation, language: str) -> str:
    """The page of a commit whose outcome nobody knows, as the application writes it."""
    services = installation.build()
    units = BreakingCommits(services.limiter.units)
    broken = replace(services, limiter=replace(services.limiter, units=units))
    visitor = build_site(installation.settings, broken, installation.country).signed_in("bjorn", language)
    page = visitor.get(f"/{language}/renewal")
    units.planned = [Fate.LOST]
    return visitor.submit(page, "/renewal", email="b@example.fi").text


def trouble(body: str, route: Route) -> None:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if "<style>" in body:  # it is the proxy's own
        headers["Content-Security-Policy"] = page_policy(body)
    route.fulfill(status=503, headers=headers, body=body)


def test_a42_axe_on_the_pages_of_trouble(running: Running, tmp_path: Path) -> None:
    """Those that the proxies answer with, and that of a commit that may have happened."""
    troubles = {name: (DEPLOY / f"{name}.html").read_text() for name in OF_THE_PROXIES}
    troubles |= {f"uncertain-{language}": uncertain(running.installation, language) for language in ("fi", "sv", "en")}
    page = running.open("bjorn", tmp_path).new_page()
    for name, body in troubles.items():
        page.route(f"**/{name}", partial(trouble, body))
        page.goto(f"{running.public}/{name}")
        if name in OF_THE_PROXIES:
            assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "640px"
        found = Axe().run(page, options=AXE_OPTIONS)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        page.set_viewport_size({"width": 320, "height": 256})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name} is wider than the screen"
        if "WEBVARTTI_TEST_PICTURES" in os.environ:
            keep_pictures(page, "trouble", name, Path(os.environ["WEBVARTTI_TEST_PICTURES"]))
