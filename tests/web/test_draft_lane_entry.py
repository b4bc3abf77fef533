"""The draft lane: who comes in, for how long, and who doesn't."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from tests.conftest import Installation
from tests.unit.pki.authority import KeyRing
from tests.web.lane import DAY, HOUR, Lane, open_lane, send_typed, typed_form
from tests.web.visitor import Page, Site, Visitor
from webvartti.domain.sessions import SessionKind


@pytest.fixture(scope="module")
def keys() -> KeyRing:
    return KeyRing()


@pytest.fixture
def lane(installation: Installation, keys: KeyRing) -> Lane:
    """An hour after the nextUpdate of the issuing CA's list."""
    lane = open_lane(installation, keys)
    lane.later(2 * HOUR)
    return lane


def refusal(visitor: Visitor) -> str:
    handed = visitor.at_card_host(visitor.start())
    return (Page(handed.text).values("data-refusal") or ["accepted"])[0]


def test_a18_stale_data_leads_to_a_draft_session_and_the_hand_over_says_so(lane: Lane) -> None:
    visitor = lane.visitor()
    handed = visitor.at_card_host(visitor.start())
    assert Page(handed.text).values("data-session") == ["draft"]
    assert "held until the check works again" in handed.text
    finished = visitor.sign_in()
    assert finished.headers["Location"] == "/en/draft"
    living = lane.site.services.sign_in.load(visitor.cookie("__Host-session"), lane.now)
    assert living is not None
    session = living.session
    assert session.kind is SessionKind.DRAFT
    started = lane.site.services.audit.show(limit=1)[0]
    assert (started.action, started.detail["session"], started.detail["crl_number"]) == ("session.started", "draft", "2")


def test_a18_fresh_data_leads_to_a_full_session(installation: Installation, keys: KeyRing) -> None:
    lane = open_lane(installation, keys)
    visitor = lane.visitor()
    handed = visitor.at_card_host(visitor.start())
    assert Page(handed.text).values("data-session") == []
    assert visitor.sign_in().headers["Location"] == "/en/card"


@pytest.mark.parametrize(("hours", "after", "expected"), [
    ("24", timedelta(seconds=1), "accepted"),
    ("24", 24 * HOUR, "accepted"),
    ("24", 24 * HOUR + timedelta(seconds=2), "revocation-stale"),
    ("1", HOUR + timedelta(seconds=2), "revocation-stale"),
    ("0", timedelta(seconds=2), "revocation-stale"),
])  # fmt: skip
def test_a18_the_lane_is_open_for_a_limited_time(
    installation: Installation, keys: KeyRing, hours: str, after: timedelta, expected: str
) -> None:
    lane = open_lane(installation, keys, DRAFT_LANE_HOURS=hours)
    lane.hand.now = lane.now.replace(microsecond=0) + HOUR + after
    assert refusal(lane.visitor()) == expected


def test_a18_missing_data_never_opens_the_lane(lane: Lane) -> None:
    for index in lane.installation.settings.revocation_directory.glob("*.sqlite"):
        index.unlink()
    assert refusal(lane.visitor()) == "revocation-missing"


def test_a18_the_issuing_ca_s_stale_list_opens_it_too_and_the_oldest_counts(installation: Installation, keys: KeyRing) -> None:
    lane = open_lane(installation, keys)
    lane.fresh()
    lane.later(30 * DAY + HOUR)
    lane.fresh()
    assert refusal(lane.visitor()) == "accepted"
    lane.later(24 * HOUR)
    assert refusal(lane.visitor()) == "revocation-stale"


@pytest.mark.parametrize(("reason", "expected"), [
    (x509.ReasonFlags.key_compromise, "certificate-revoked"),
    (x509.ReasonFlags.certificate_hold, "revocation-stale"),
])  # fmt: skip
def test_a18_who_stands_on_the_stale_list_is_refused(
    installation: Installation, keys: KeyRing, reason: x509.ReasonFlags, expected: str
) -> None:
    lane = open_lane(installation, keys)
    lane.publish(lane.issuing, lane.now, lane.now + HOUR, lane.entry("aino", reason))
    lane.later(2 * HOUR)
    assert refusal(lane.visitor("aino")) == expected
    assert refusal(lane.visitor("bjorn")) == "accepted"


def test_a18_every_other_refusal_comes_first(stale_site: Site) -> None:
    """All the demo's lists are out of date: only whoever lacks nothing else comes in."""
    for card in stale_site.country.cards:
        if card.sign_in == "tls-alert":
            continue
        visitor = stale_site.visitor(card.slug)
        expected = "revocation-stale" if card.sign_in == "certificate-on-hold" else card.sign_in
        if card.not_after < stale_site.services.clock():
            expected = "certificate-expired"
        assert (card.slug, refusal(visitor)) == (card.slug, expected)


def test_a18_a_draft_session_ends_with_the_lane(lane: Lane) -> None:
    lane.later(22 * HOUR + timedelta(minutes=30))
    visitor = lane.signed_in()
    form = typed_form(visitor)
    lane.later(timedelta(minutes=10))
    assert visitor.get("/en/draft").status_code == 200
    lane.later(timedelta(minutes=10))
    assert visitor.get("/en/draft").status_code == 200
    lane.later(timedelta(minutes=11))
    assert visitor.get("/en/draft").headers["Location"].startswith("/en/sign-in")
    assert visitor.post("/en/draft/send", form).status_code == 403
    assert lane.states() == []


def test_a18_a_draft_session_stays_one_when_fresh_data_comes_and_ends_when_the_card_is_revoked(lane: Lane) -> None:
    visitor = lane.signed_in()
    lane.fresh()
    assert visitor.get("/en/card").status_code == 403
    assert send_typed(visitor).headers["Location"] == "/en/draft/sent"
    assert lane.states() == ["held"]
    assert visitor.sign_in().headers["Location"] == "/en/card"  # signing in again gives a full session
    other = lane.signed_in("bjorn")
    lane.later(timedelta(minutes=5))
    lane.fresh(lane.entry("bjorn"))
    assert other.get("/en/draft").status_code == 303
