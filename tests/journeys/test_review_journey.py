"""A reviewer at the browser, with a card and a keyboard: a clean case takes two keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running
from tests.journeys.test_looks import AXE_OPTIONS, keep_pictures
from webvartti.domain.permissions import Role
from webvartti.domain.staff import Colleague

pytestmark = pytest.mark.journey


def place_orders(running: Running, tmp_path: Path, *slugs: str) -> None:
    """Each of these holders orders; a person must look at what they order."""
    for slug in slugs:
        page = running.open(slug, tmp_path).new_page()
        page.goto(f"{running.public}/en/sign-in")
        page.click("form.sign-in button")
        page.wait_for_url("**/card")
        page.goto(f"{running.public}/en/renewal")
        page.fill("#email", f"{slug}@example.fi")
        page.click("main form button")
        page.click("main form button")
        expect(page.locator("[data-state=submitted]").first).to_be_visible()


def colleague(running: Running, tmp_path: Path, slug: str = "sari", role: Role = Role.REVIEWER) -> Page:
    """Signed in with a card whose holder has this role, at the queue."""
    page = running.open(slug, tmp_path).new_page()
    page.goto(f"{running.public}/en/sign-in")
    page.click("form.sign-in button")
    page.wait_for_url("**/card")
    services = running.tools.services()
    pem = running.installation.country.card(slug).chosen_pem.read_bytes()
    holder = services.judge.judge(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER), services.clock()).holder
    with services.staff.units.writing() as unit:
        unit.staff.grant(Colleague(holder.person, holder.name), role, services.clock())
        unit.commit()
    page.goto(f"{running.public}/en/staff/")
    return page


def test_a_clean_case_takes_two_keys(running: Running, tmp_path: Path) -> None:
    place_orders(running, tmp_path, "jorma", "robin")
    page = colleague(running, tmp_path)
    expect(page.locator("table tbody tr")).to_have_count(2)
    page.keyboard.press("Enter")  # "Take the next case" has the focus
    page.wait_for_url("**/cases/WV-*")
    first = page.url.partition("?")[0]
    page.keyboard.press("a")
    page.wait_for_url(lambda url: "/cases/" in url and not url.startswith(first))
    review = running.tools.services().review
    with review.units.reading() as unit:
        pending = unit.review_decisions.open_for(first.rpartition("/")[2])
    assert pending is not None
    assert (pending.outcome, pending.status) == ("approved", "taken")
    page.wait_for_timeout(300)  # a person looks first: a key that comes quicker than that after the last one does nothing
    page.keyboard.press("a")  # and one more key for each case after it
    page.wait_for_url("**/staff/?*")


def staff_pages(running: Running, page: Page, language: str, number: str) -> Iterator[str]:
    """Each name is yielded while its page is open."""
    start = f"{running.public}/{language}/staff"
    paths = {
        "queue": "/", "queue-filtered": "/?state=held&mine=y", "queue-wrong-filter": "/?waited=x", "search": "/search?q=a",
        "search-nothing": "/search?q=nobody", "case": f"/cases/{number}", "reject": f"/cases/{number}/reject",
        "ask": f"/cases/{number}/ask", "roles": "/roles/", "rules": "/rules/", "figures": "/figures/?days=30",
        "rules-preview": "/rules/preview?window=1&automatic=yes",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(start + path)
        yield name
    page.goto(f"{start}/cases/{number}/reject")
    page.click("button[formaction]")
    yield "reject-errors"
    page.check("#reason-visit-needed")
    page.click("button[formaction]")
    yield "reject-preview"
    page.goto(f"{start}/cases/{number}")
    page.click(f"form[action$='{number}/approve'] button")
    yield "case-decided"
    page.click(f"form[action$='{number}/undo'] button")
    yield "case-undone"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a42_axe_and_reflow_on_the_staff_s_pages(running: Running, tmp_path: Path, language: str) -> None:
    place_orders(running, tmp_path, "jorma")
    page = colleague(running, tmp_path, role=Role.SUPERVISOR)
    number = page.get_attribute("[data-case]", "data-case")
    assert number is not None
    folder = Path(os.environ["WEBVARTTI_TEST_PICTURES"]) if "WEBVARTTI_TEST_PICTURES" in os.environ else None
    for name in staff_pages(running, page, language, number):
        found = Axe().run(page, options=AXE_OPTIONS)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        page.set_viewport_size({"width": 320, "height": 256})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{name} is wider than the screen"
        if folder:
            keep_pictures(page, f"staff-{name}", language, folder)
        page.set_viewport_size({"width": 1280, "height": 900})
