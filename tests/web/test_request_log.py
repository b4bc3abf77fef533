"""One line and one count for each request: endpoint and method from lists of ours, never an address."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import pytest

from tests.conftest import Installation
from tests.web.visitor import PUBLIC, Site
from webvartti.app import create_app
from webvartti.domain.measures import AnsweredRequest
from webvartti.domain.permissions import Permission
from webvartti.services import Services
from webvartti.web.access import needs


@dataclass
class Tally:
    """A meter that keeps what it is told."""

    under_way: int = 0
    answered: list[AnsweredRequest] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    def request_began(self, listener: str) -> None:
        self.under_way += 1

    def request_ended(self, answered: AnsweredRequest) -> None:
        self.under_way -= 1
        self.answered.append(answered)

    def sign_in_ended(self, outcome: str) -> None:
        self.outcomes.append(outcome)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def counting(installation: Installation, services: Services, tally: Tally) -> Site:
    """Both applications, counted by one meter."""
    public, card = (create_app(installation.settings, services, name, tally) for name in ("public", "card"))
    return Site(public, card, installation.country, services)


def told(tally: Tally) -> list[tuple[str, str, str, int]]:
    return [(each.listener, each.endpoint, each.method, each.status) for each in tally.answered]


def test_each_request_is_counted_once_by_its_route(counting: Site, tally: Tally) -> None:
    visitor = counting.signed_in("aino")
    visitor.get("/en/orders/WV-2222-2222")
    visitor.get("/en/nowhere")
    assert told(tally) == [
        ("public", "sign_in.page", "GET", 200),
        ("card", "card_listener.judge", "POST", 200),
        ("public", "sign_in.finish", "POST", 303),
        ("public", "orders.page", "GET", 404),
        ("public", "none", "GET", 404),
    ]
    assert tally.under_way == 0
    assert all(0 < each.seconds < 30 for each in tally.answered)


def test_a_method_that_somebody_made_up_is_no_counter_of_its_own(counting: Site, tally: Tally) -> None:
    for method in ("BREW", "PROPFIND", "CANARY"):
        counting.public.test_client().open("/en/", method=method, base_url=PUBLIC)
    assert told(tally) == [("public", "none", "other", 405)] * 3


@needs(Permission.PUBLIC)
def broken() -> str:
    """A view with a mistake in it."""
    raise RuntimeError("canary")


def test_a_refused_and_a_failed_request_are_counted_too(counting: Site, tally: Tally, installation: Installation) -> None:
    counting.public.add_url_rule("/broken", "broken", broken)
    counting.public.test_client().get("/broken", base_url=PUBLIC)
    counting.public.test_client().get("/en/", base_url="https://elsewhere.example")
    (installation.directory / "webvartti.db").rename(installation.directory / "gone.db")
    counting.public.test_client().get("/health/ready", base_url=PUBLIC)
    assert told(tally)[0] == ("public", "broken", "GET", 500)
    assert [status for *_, status in told(tally)] == [500, 421, 503]
    assert tally.under_way == 0


def test_sign_ins_are_counted_by_how_they_ended(counting: Site, tally: Tally) -> None:
    counting.signed_in("aino")
    for slug in ("veikko", "signe"):
        visitor = counting.visitor(slug)
        visitor.at_card_host(visitor.start())
    nobody = counting.visitor()
    nobody.at_card_host(nobody.start())
    nobody.post("/en/sign-in/finish", {"ticket": "x"}, "https://card.webvartti.localhost:8444")
    assert tally.outcomes == [
        "accepted",
        "certificate-expired",
        "signing-certificate-chosen",
        "no-certificate",
        "ticket-not-valid",
    ]


def test_the_draft_lane_is_an_outcome_of_its_own(stale_site: Site, tally: Tally) -> None:
    for application in (stale_site.public, stale_site.card):
        application.extensions["webvartti.meter"] = tally
    stale_site.signed_in("aino")
    assert tally.outcomes == ["draft-lane"]


def test_a33_the_line_of_a_request_holds_no_address(counting: Site, caplog: pytest.LogCaptureFixture) -> None:
    visitor = counting.signed_in("aino")
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "webvartti.requests"):
        visitor.get("/en/orders/WV-7K3M-9Q4P?canary=1")
        visitor.public.open("/en/canary", method="CANARY", base_url=PUBLIC)
    lines = [record for record in caplog.records if record.name == "webvartti.requests"]
    assert [vars(line)["endpoint"] for line in lines] == ["orders.page", "none"]
    assert [vars(line)["status"] for line in lines] == [404, 404]
    assert lines[0].getMessage().startswith("GET orders.page at the public host: 404 in ")
    for line in lines:
        assert "WV-" not in str(vars(line))
        assert "canary" not in str(vars(line)).lower()


def test_what_balancers_ask_every_second_is_no_line_while_all_is_well(
    counting: Site, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for path in ("/health", "/health/live", "/health/ready"):
            counting.public.test_client().get(path, base_url=PUBLIC)
        assert "webvartti.requests" not in caplog.text
        (installation.directory / "webvartti.db").rename(installation.directory / "gone.db")
        counting.public.test_client().get("/health/ready", base_url=PUBLIC)
    assert "GET health.ready at the public host: 503" in caplog.text
