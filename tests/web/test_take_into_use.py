"""The guide for taking a new card into use: public, linked where the holder needs it, and asking for nothing."""

from __future__ import annotations

import re

import pytest

from tests.web.visitor import Page, Site


@pytest.mark.parametrize(
    ("language", "never"),
    [
        ("fi", "Tämä sivusto ei koskaan kysy tunnuslukua eikä aktivointitunnuslukua."),
        ("sv", "Den här webbplatsen frågar aldrig efter en PIN-kod eller aktiveringskod."),
        ("en", "This site never asks for a PIN or an activation code."),
    ],
)
def test_it_says_that_nobody_asks_for_a_code_and_has_no_field_to_type_one_into(site: Site, language: str, never: str) -> None:
    page = site.visitor().get(f"/{language}/take-into-use")
    assert never in page.text
    bones = Page(page.text)
    assert bones.forms == []
    assert not [tag for tag, _ in bones.tags if tag in ("input", "textarea", "select", "script")]


def test_every_picture_is_our_own_and_is_there(site: Site) -> None:
    visitor = site.visitor()
    pictures = [src for src in Page(visitor.get("/fi/take-into-use").text).values("src") if "guide-" in src]
    assert len(pictures) == 5
    for picture in pictures:
        answer = visitor.get(picture)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert not re.search(r"<script|href=|url\(|style=|<image", answer.text)


def test_receipt_and_order_lead_to_it(site: Site) -> None:
    visitor = site.signed_in("aino")
    receipt = visitor.follow(visitor.order())
    number = Page(receipt.text).values("data-order")[0]
    for page in (receipt, visitor.get(f"/en/orders/{number}")):
        assert "/en/take-into-use" in Page(page.text.partition("<footer>")[0]).values("href")


def test_on_paper_are_the_rules_and_the_checklist_and_nothing_to_look_up_on_a_screen(site: Site) -> None:
    page = site.visitor().get("/en/take-into-use").text
    on_paper = re.sub(r'<(div|p) class="screen">.*?\n</\1>|<p class="screen">.*?</p>', "", page, flags=re.DOTALL)
    for kept in ("Checklist", "Rules for PINs", "never asks", "I have signed in"):
        assert kept in on_paper
    for left_out in ('<img src="/static/guide', "The letter doesn"):
        assert left_out not in on_paper
    assert ".screen" in site.visitor().get("/static/webvartti.css").text.partition("@media print")[2]
