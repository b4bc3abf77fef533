"""The page of a commit that nobody knows the outcome of: what is uncertain, what to do, where to look; and the form again."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest

from tests.conftest import Installation
from tests.integration.service.breaking_commits import BreakingCommits, Fate
from tests.web.visitor import PUBLIC, Page, Site, build_site
from webvartti.services import Services

WORDS = {
    "en": ("It isn't certain whether this was stored", "no second order is made"),
    "fi": ("Ei ole varmaa, tallentuiko tämä", "toista tilausta ei synny"),
    "sv": ("Det är inte säkert om detta sparades", "ingen andra beställning görs"),
}


def breaking_site(installation: Installation, services: Services) -> tuple[Site, BreakingCommits]:
    """A site on which the commits of placing an order break as is planned."""
    units = BreakingCommits(services.renewals.units)
    broken = replace(services, renewals=replace(services.renewals, units=units))
    return build_site(installation.settings, broken, installation.country), units


@pytest.mark.parametrize("fate", [Fate.HAPPENED, Fate.LOST])
def test_a39_the_form_that_is_loaded_again_makes_one_order(installation: Installation, services: Services, fate: Fate) -> None:
    site, units = breaking_site(installation, services)
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    units.planned = [fate, *[Fate.STILL_AWAY] * 20]
    uncertain = visitor.submit(check, "/check")
    assert (uncertain.status_code, uncertain.headers["Retry-After"]) == (503, "60")
    assert all(words in unescape(uncertain.text) for words in WORDS["en"])
    assert "commit-unknown" in uncertain.text
    assert f"{PUBLIC}/en/orders" in Page(uncertain.text).values("href")
    units.planned = []
    again = visitor.submit(check, "/check")
    assert again.status_code == 303
    (order,) = services.orders.every(None)
    assert order.number in again.headers["Location"]
    assert visitor.follow(again).status_code == 200


@pytest.mark.parametrize("language", WORDS)
def test_a39_it_says_so_in_three_languages(installation: Installation, services: Services, language: str) -> None:
    units = BreakingCommits(services.limiter.units)
    broken = replace(services, limiter=replace(services.limiter, units=units))
    visitor = build_site(installation.settings, broken, installation.country).signed_in("aino", language)
    page = visitor.get(f"/{language}/renewal")
    units.planned = [Fate.LOST]  # of the counter, which isn't tried again
    uncertain = visitor.submit(page, "/renewal", email="a@example.fi")
    assert uncertain.status_code == 503
    assert all(words in unescape(uncertain.text) for words in WORDS[language])
    assert f"{PUBLIC}/{language}/orders" in Page(uncertain.text).values("href")
