"""The review queue: filters in its address, the search, and its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.web.colleagues import appoint, ordered
from tests.web.visitor import Page, Site
from webvartti.domain.permissions import Role
from webvartti.services.review import Review


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("?state=held", False), ("?finding=right-restricted", True), ("?finding=name-changed", False),
     ("?unassigned=y", True), ("?mine=y", False), ("?waited=1", False), ("?ends_before=1.1.2090", True),
     ("?ends_before=1.1.2020", False), ("?second=y", False), ("?state=nonsense", True), ("?after=WV-2222-2222", True)],
)  # fmt: skip
def test_filters_are_in_the_address(site_with: Callable[..., Site], query: str, found: bool) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    page = appoint(site, "sari", Role.REVIEWER).get(f"/en/staff/{query}")
    assert (page.status_code, Page(page.text).values("data-case")) == (200, [number] if found else [])


@pytest.mark.parametrize("query", ["?ends_before=x", "?waited=x", "?waited=-1"])
def test_a_filter_that_can_t_be_read_is_422_and_says_so(site_with: Callable[..., Site], query: str) -> None:
    page = appoint(site_with(), "sari", Role.REVIEWER).get(f"/en/staff/{query}")
    assert (page.status_code, "Correct these" in page.text) == (422, True)


def test_the_search_finds_a_name_without_its_dots(site_with: Callable[..., Site]) -> None:
    site = site_with()
    number = ordered(site, "jorma")
    with site.services.review.units.writing() as unit:
        order = unit.orders.get(number)
        unit.orders.save(replace(order, recipient="Aino Mäkinen", version=order.version + 1), seen_version=order.version)
        unit.commit()
    auditor = appoint(site, "sari", Role.AUDITOR)
    finding = ("makinen", "MÄKI", "aino mäk", number.lower(), order.person.serial_number)
    for text in (*finding, "nobody", "%", "", "' OR 1=1", "akinen"):
        page = auditor.get(f"/en/staff/search?q={quote(text)}")
        assert (page.status_code, Page(page.text).values("data-order")) == (200, [number] if text in finding else []), text


def test_the_queue_is_walked_page_by_page_without_a_gap(
    site_with: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_with(AUTOMATIC_DECISIONS="no")
    numbers = {ordered(site, slug) for slug in ("jorma", "robin", "aino")}
    queue = Review.queue
    monkeypatch.setattr(Review, "queue", lambda *given, **named: queue(*given, **{**named, "limit": 2}))
    reviewer = appoint(site, "sari", Role.REVIEWER)
    first = reviewer.get("/en/staff/?unassigned=y")
    following = next(href for href in Page(first.text).values("href") if "after=" in href)
    assert "unassigned=y" in following
    second = reviewer.get(following)
    seen = Page(first.text).values("data-case"), Page(second.text).values("data-case")
    assert [len(each) for each in seen] == [2, 1]
    assert {*seen[0], *seen[1]} == numbers
