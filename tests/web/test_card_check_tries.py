"""Whose certificate is tried for whose check, and what is said while revocation data is out of date."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import Installation
from tests.web.test_card_check import checked, code_of, outcomes, tried
from tests.web.visitor import CARD, Page, Site, build_site


def test_a_certificate_is_tried_where_the_check_was_begun_and_nowhere_else(site: Site) -> None:
    """Whoever gives a code to somebody else learns nothing of that one's card; a code that was overheard changes nothing."""
    mallory, victim = site.visitor(), site.visitor("aino")
    page = checked(mallory)
    code, stolen = code_of(page), Page(page.text).form("/card-check")[1]
    seen = victim.get(f"/en/card-check/{code}")
    assert (seen.status_code, outcomes(seen)["certificate"]) == (200, "")
    assert "in the browser in which this check was made" in seen.text
    assert not [form for form in Page(seen.text).forms if form[0].get("action", "").startswith(CARD)]
    assert CARD not in seen.headers["Content-Security-Policy"]
    own = Page(checked(victim).text).form("/card-check")[1]
    assert own["attempt"] != stolen["attempt"]
    victim.at_card_host(own, path="/card-check")
    assert outcomes(mallory.get(page.request.path))["certificate"] == ""


def test_in_the_draft_lane_it_says_what_signing_in_would(installation: Installation) -> None:
    """Lists that are out of date stop nobody for a day: the words of a refusal would send them home."""
    services = installation.build()
    ends = min(each.next_update for each in services.health.revocation.lists())
    late = installation.build(DEMO_NOW=(ends + timedelta(hours=1)).isoformat())
    visitor = build_site(installation.settings, late, installation.country).visitor("aino")
    page = checked(visitor)
    at_card = tried(visitor, page)
    assert "You can sign in and fill in an order" in at_card.text
    assert outcomes(visitor.get(page.request.path))["certificate"] == "draft-lane"
    assert 'data-session="draft"' in visitor.at_card_host(visitor.start()).text
    closed = installation.build(DEMO_NOW=(ends + timedelta(hours=1)).isoformat(), DRAFT_LANE_HOURS="0")
    visitor = build_site(installation.settings, closed, installation.country).visitor("aino")
    page = checked(visitor)
    tried(visitor, page)
    assert outcomes(visitor.get(page.request.path))["certificate"] == "revocation-stale"
