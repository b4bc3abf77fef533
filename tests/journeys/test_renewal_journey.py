"""The main job in a real browser, as people do it; pages and clicks are counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running

pytestmark = pytest.mark.journey

MOST_PAGES, MOST_CLICKS = 5, 9


class Counted:
    """A person at the browser: each press of a button or link is a click, each address they stop at a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.pages: list[str] = []
        self._look()

    def click(self, selector: str) -> None:
        self.page.click(selector)
        self.page.wait_for_load_state()
        self.clicks += 1
        self._look()

    def _look(self) -> None:
        self.pages.append(re.sub(r"^https://[^/]*/..", "", self.page.url))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_new_card_in_at_most_five_pages_and_nine_clicks(running: Running, tmp_path: Path, language: str) -> None:
    page = running.open("aino", tmp_path).new_page()
    page.goto(f"{running.public}/{language}/")
    person = Counted(page)
    person.click("form.sign-in button")
    page.wait_for_url("**/card")
    person.pages[-1] = "/card"  # the card host's page passes by itself
    person.click("a.button")
    page.fill("#email", "aino@example.fi")
    person.click("main form button")
    person.click("main form button")
    expect(page.locator("[data-state=approved]")).to_be_visible()
    assert page.get_attribute("html", "lang") == language
    assert [re.sub("WV-.*?/", "N/", address) for address in person.pages] == [
        "/",
        "/card",
        "/renewal",
        "/renewal/check",
        "/orders/N/receipt",
    ]
    assert len(person.pages) <= MOST_PAGES
    assert person.clicks <= MOST_CLICKS


def test_without_scripts_it_takes_one_click_more(running: Running, tmp_path: Path) -> None:
    page = running.open("aino", tmp_path, java_script_enabled=False).new_page()
    page.goto(f"{running.public}/en/")
    person = Counted(page)
    person.click("form.sign-in button")
    expect(page.locator("h1")).to_contain_text("You are Aino")
    for selector in ("#continue button", "a.button"):
        person.click(selector)
    page.fill("#email", "aino@example.fi")
    person.click("main form button")
    person.click("main form button")
    expect(page.locator("[data-order]")).to_be_visible()
    assert person.clicks <= MOST_CLICKS


def test_by_keyboard_alone(running: Running, tmp_path: Path) -> None:
    page = running.open("aino", tmp_path).new_page()
    page.goto(f"{running.public}/en/sign-in")

    def go_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"the Tab key never reaches {selector}")

    go_to("form.sign-in button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/card")
    go_to("a.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/renewal")
    go_to("main form button")
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_be_focused()  # the e-mail address is missing: the focus is on what to correct
    go_to(".summary a")
    page.keyboard.press("Enter")
    go_to("#email")
    page.keyboard.type("aino@example.fi")
    go_to("main form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check")
    go_to("main form button")
    page.keyboard.press("Enter")
    expect(page.locator("[data-order]")).to_be_visible()


@pytest.mark.parametrize("slug", ["veikko", "joonas"])
def test_a09_chromium_offers_no_expired_or_future_card_and_the_page_says_what_to_do(
    running: Running, tmp_path: Path, slug: str
) -> None:
    page = running.open(slug, tmp_path).new_page()
    page.goto(f"{running.public}/en/sign-in")
    page.click("form.sign-in button")
    expect(page.locator("[data-refusal=no-certificate]")).to_be_visible()
    for reason in ("isn't in the reader", "has expired", "software isn't installed", "until all its windows are closed"):
        expect(page.locator("main")).to_contain_text(reason)


def test_a24_after_signing_out_and_back_nothing_can_be_seen(running: Running, tmp_path: Path) -> None:
    page = running.open("aino", tmp_path).new_page()
    page.goto(f"{running.public}/en/sign-in")
    page.click("form.sign-in button")
    page.wait_for_url("**/card")
    page.click("form.sign-out button")
    page.wait_for_url("**/signed-out")
    page.go_back()
    expect(page.locator("h1")).not_to_contain_text("Your card")
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == "__Host-session"]


def test_an_attacker_starts_the_victim_s_real_card_finishes_and_nobody_is_signed_in(running: Running, tmp_path: Path) -> None:
    """The attacker's attempt, planted into the public page that the victim has open: the worst that could be done to it."""
    attacker = running.open("bjorn", tmp_path).new_page()
    attacker.goto(f"{running.public}/en/sign-in")
    attempt = attacker.get_attribute("input[name=attempt]", "value")
    victim = running.open("aino", tmp_path).new_page()
    victim.goto(f"{running.public}/en/sign-in")
    victim.evaluate("attempt => { document.querySelector('input[name=attempt]').value = attempt }", attempt)
    victim.click("form.sign-in button")
    expect(victim.locator("h1")).to_contain_text("couldn't be finished")
    for page in (victim, attacker):
        page.goto(f"{running.public}/en/card")
        assert "/sign-in" in page.url
