"""A18: no setting makes stale revocation data count as good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Installation
from tests.unit.pki.authority import REAL_POLICY, KeyRing, der
from tests.web.lane import HOUR, Lane, open_lane
from webvartti.bootstrap import build_services
from webvartti.config import SettingsRefused, load_settings
from webvartti.config_fields import FIELDS
from webvartti.domain.certificates import RevocationStale
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.orders import Contact, LetterTo, RenewalBlocked
from webvartti.domain.sessions import SessionKind
from webvartti.services import Services
from webvartti.services.renewal_requests import PlaceOrder, RenewalRequest

TRIED = ("", "0", "1", "168", "1000", "yes", "no", "true", "open", "fail-open", "rfc9440", "demo", "test", "card")
"""Every kind of value that a setting may take, and some that somebody may hope for."""


@pytest.fixture
def lane(installation: Installation) -> Lane:
    """A production system an hour after its list has run out."""
    lane = open_lane(
        installation,
        KeyRing(),
        policy=REAL_POLICY,
        ENVIRONMENT="production",
        SMTP_SERVER="127.0.0.1:9",
        MAIL_FROM="webvartti@example.fi",
        MAIL_DIRECTORY="",
    )
    lane.later(2 * HOUR)
    return lane


def built(lane: Lane, name: str, value: str) -> Services | None:
    """None where the value is refused, or names something that isn't there."""
    try:
        return build_services(load_settings({**lane.installation.environ, name: value}))
    except WebVarttiError:
        return None


@pytest.mark.slow
def test_a18_no_setting_makes_stale_data_count_as_good(lane: Lane) -> None:
    certificate = der(lane.cards["aino"])
    holder = lane.site.services.sign_in.issue_ticket(certificate, "c" * 64, "en", lane.now)[1].holder
    request = RenewalRequest(None, LetterTo.HOME, "", Contact("a@example.fi", "", "en"))
    started = 0
    for field in FIELDS:
        for value in TRIED:
            services = built(lane, field.variable, value)
            if services is None:
                continue
            started += 1
            lane.later(timedelta(seconds=7))  # ten a minute may sign in with one card
            try:
                kind = services.sign_in.issue_ticket(certificate, "c" * 64, "en", lane.now)[1].kind
            except WebVarttiError:  # refused: a test card's policy is another, or the lane is closed
                kind = SessionKind.DRAFT
            assert kind is SessionKind.DRAFT, (field.variable, value)
            with pytest.raises(RenewalBlocked) as blocked:
                services.renewals.place_order(PlaceOrder(request, "k" * 40), holder, lane.now)
            assert "revocation-unknown" in [finding.code for finding in blocked.value.findings]
    assert started > len(FIELDS)
    assert list(lane.site.services.orders.every(None)) == []


@pytest.mark.parametrize("value", ["-1", "169", "8760", "yes", "always", "1.5", "inf"])
def test_a18_the_lane_has_an_end(lane: Lane, value: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings({**lane.installation.environ, "WEBVARTTI_DRAFT_LANE_HOURS": value})
    assert refused.value.setting == "WEBVARTTI_DRAFT_LANE_HOURS"


def test_a18_the_longest_lane_ends_after_a_week(lane: Lane) -> None:
    services = built(lane, "WEBVARTTI_DRAFT_LANE_HOURS", "168")
    assert services is not None
    ends = lane.now - HOUR + 168 * HOUR
    assert services.sign_in.issue_ticket(der(lane.cards["aino"]), "c" * 64, "en", ends - HOUR)[1].kind is SessionKind.DRAFT
    with pytest.raises(RevocationStale):
        services.sign_in.issue_ticket(der(lane.cards["aino"]), "c" * 64, "en", ends + timedelta(seconds=2))
