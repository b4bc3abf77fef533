"""Limits as people and attackers meet them: a hospital behind one address, a runaway card, a flood of feedback."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Installation
from tests.web.visitor import CARD, Page, Site, Visitor, build_site
from webvartti.domain.certificates import AcceptedCard
from webvartti.domain.holders import CardId
from webvartti.domain.limits import Client, LimitReached, Purpose
from webvartti.domain.ports import CertificateJudge
from webvartti.services import Services
from webvartti.web.limits import counted_as


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def still(installation: Installation, services: Services, clock: Clock) -> Site:
    """The site with a clock that stands still, so that nothing comes back by itself."""
    return build_site(installation.settings, replace(services, clock=clock), installation.country)


def at(visitor: Visitor, address: str) -> Visitor:
    """The visitor, at this address."""
    for client in (visitor.public, visitor.card_host):
        client.environ_base["REMOTE_ADDR"] = address
    return visitor


def finish(visitor: Visitor, handed: TestResponse) -> TestResponse:
    """Send the ticket on."""
    action, fields = Page(handed.text).form("/finish")
    return visitor.post(urlsplit(action).path, fields, CARD)


def passed(answers: Iterator[TestResponse]) -> tuple[int, TestResponse]:
    """(how many passed before the limit, the first answer that didn't)."""
    for count, answer in enumerate(answers):
        if answer.status_code == 429:
            return count, answer
    raise AssertionError("nothing was limited")


def test_one_card_is_slowed_down_and_no_other(still: Site, clock: Clock) -> None:
    count, limited = passed((lambda v: v.at_card_host(v.start()))(still.visitor("aino")) for _ in range(20))
    assert count == 10  # from a new browser each time
    assert (limited.headers["Retry-After"], "Set-Cookie" in limited.headers) == ("6", False)
    assert still.signed_in("bjorn").get("/en/card").status_code == 200
    clock.now += timedelta(seconds=6)
    assert still.signed_in("aino").get("/en/card").status_code == 200


def test_nobody_spends_the_attempts_of_a_card_that_they_only_know_of(still: Site) -> None:
    """Without the card's handshake nothing is counted by the card."""
    attacker = still.visitor()
    assert passed(attacker.at_card_host(attacker.start()) for _ in range(50))[0] == 20
    assert still.signed_in("aino").get("/en/card").status_code == 200


def test_a_browser_without_a_card_is_slowed_down_and_its_neighbours_are_not(installation: Installation, clock: Clock) -> None:
    services = replace(installation.build(ADDRESS_LIMIT="30"), clock=clock)
    site = build_site(installation.settings, services, installation.country)
    attacker = site.visitor()
    attempt = attacker.start()
    assert passed(attacker.at_card_host(attempt) for _ in range(50))[0] == 20
    # with a new browser each time it spends what the address has for those who prove nothing ...
    assert passed((lambda v: v.at_card_host(v.start()))(site.visitor()) for _ in range(50))[0] == 10
    # ... and whoever has a card at the same address isn't kept out by it
    assert site.signed_in("aino").get("/en/card").status_code == 200
    refused = site.visitor("signe")
    assert refused.at_card_host(refused.start()).status_code == 429


def test_forged_attempts_spend_nothing(still: Site) -> None:
    attacker = still.visitor("aino")
    for _ in range(50):
        assert attacker.at_card_host({"attempt": "forged"}).status_code == 403
    assert still.signed_in("aino").get("/en/card").status_code == 200


def test_forged_tickets_are_limited_and_stop_nobody_else(installation: Installation, clock: Clock) -> None:
    services = replace(installation.build(ADDRESS_LIMIT="30"), clock=clock)
    site = build_site(installation.settings, services, installation.country)
    attacker = site.visitor()
    count, limited = passed(attacker.post("/en/sign-in/finish", {"ticket": "x"}, CARD) for _ in range(50))
    assert count == 30  # no cookie at all: by address alone
    assert "Nobody was signed in" in limited.text
    assert not attacker.cookie("__Host-session")
    holder = site.visitor("aino")
    assert finish(holder, holder.at_card_host(holder.start())).status_code == 303


def test_no_limit_stops_a_ticket_that_is_good(still: Site) -> None:
    visitor = still.visitor("aino")
    handed = visitor.at_card_host(visitor.start())
    count, _ = passed(visitor.post("/en/sign-in/finish", {"ticket": "x"}, CARD) for _ in range(50))
    assert count == 20
    assert finish(visitor, handed).status_code == 303


class HospitalCards:
    """The real judge of one certificate, whose holder each time has another card: three hundred certificates take minutes."""

    def __init__(self, judge: CertificateJudge) -> None:
        self._judge = judge
        self._count = 0

    def judge(self, der: bytes, now: datetime) -> AcceptedCard:
        accepted = self._judge.judge(der, now)
        self._count += 1
        return replace(accepted, holder=replace(accepted.holder, card=CardId("ab" * 32, f"{self._count:x}")))


@pytest.mark.slow
def test_a_hospital_behind_one_address_gets_in_within_a_minute(installation: Installation, services: Services) -> None:
    clock = Clock()
    cards = HospitalCards(services.judge)
    changed = replace(services, clock=clock, sign_in=replace(services.sign_in, judge=cards))
    site = build_site(installation.settings, changed, installation.country)
    certificate = site.certificate("aino")
    for _ in range(300):
        visitor = at(site.visitor(), "192.0.2.1")
        visitor.card = certificate
        handed = visitor.at_card_host(visitor.start())
        assert handed.status_code == 200
        assert finish(visitor, handed).status_code == 303
        clock.now += timedelta(milliseconds=190)  # 57 seconds for all


def test_an_address_comes_back_within_a_minute_of_a_flood(services: Services) -> None:
    now = services.clock()
    flood = [Client("192.0.2.1", f"browser {count}") for count in range(700)]
    for client in flood[:600]:
        services.limiter.count(Purpose.TICKET, client, now)
    for client in flood[600:]:
        with pytest.raises(LimitReached) as reached:
            services.limiter.count(Purpose.TICKET, client, now)
        assert reached.value.again - now <= timedelta(seconds=1)
    services.limiter.count(Purpose.TICKET, Client("192.0.2.2", "another"), now)
    for count in range(300):  # half a minute later half of it is back
        services.limiter.count(Purpose.TICKET, Client("192.0.2.1", f"later {count}"), now + timedelta(seconds=30))


def test_a_flood_of_feedback_silences_no_other_browser(still: Site, clock: Clock) -> None:
    flooder = still.visitor()
    form = flooder.get("/en/feedback")
    count, limited = passed(flooder.submit(form, text="flood") for _ in range(20))
    assert (count, limited.headers["Retry-After"]) == (5, "720")
    assert "was not stored" in limited.text
    assert "in 12 minutes" in limited.text
    other = still.visitor()
    assert other.submit(other.get("/en/feedback"), text="Well done").status_code == 303
    assert [entry.text for entry in still.services.feedback.read(1)] == ["Well done"]
    # a new browser each time, from one address: others elsewhere are still heard
    answers = (at(visitor, "192.0.2.7") for visitor in (still.visitor() for _ in range(100)))
    count, _ = passed(visitor.submit(visitor.get("/en/feedback"), text="flood") for visitor in answers)
    assert count == 60
    elsewhere = at(still.visitor(), "192.0.2.8")
    assert elsewhere.submit(elsewhere.get("/en/feedback"), text="Thank you").status_code == 303


def test_forms_of_a_holder_are_limited_by_card_and_signing_out_never(still: Site, clock: Clock) -> None:
    visitor = still.signed_in("aino")
    form = visitor.get("/en/renewal")
    count, limited = passed(visitor.submit(form, "/renewal", email="") for _ in range(100))
    assert (count, limited.headers["Retry-After"]) == (60, "1")
    assert "was not stored" in limited.text
    other = still.signed_in("bjorn")
    assert other.submit(other.get("/en/renewal"), "/renewal", email="").status_code == 422
    assert visitor.get("/en/card").status_code == 200  # reading goes on
    assert visitor.submit(visitor.get("/en/card"), "/sign-out").status_code == 303


def test_every_post_is_counted_as_something(site: Site) -> None:
    counted = {
        rule.endpoint: counted_as(app, rule.endpoint)
        for app in (site.public, site.card)
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }
    other = {endpoint: purpose for endpoint, purpose in counted.items() if purpose is not Purpose.FORM}
    assert other == {
        "sign_in.finish": Purpose.TICKET,
        "sign_in.sign_out": None,
        "home.leave_feedback": Purpose.FEEDBACK,
        "card_check.begin": Purpose.CARD_CHECK,
        "card_listener.judge": Purpose.SIGN_IN,
        "card_listener.try_certificate": Purpose.SIGN_IN,
    }
    assert {"renewals.keep_delivery", "renewals.send", "orders.withdraw"} <= set(counted)


@pytest.mark.parametrize(
    ("language", "words", "pattern"),
    [
        ("fi", "Liian monta yritystä", r"\d+\.\d\d\.\d\d"),
        ("sv", "För många försök", r"\d+\.\d\d\.\d\d"),
        ("en", "Too many attempts", r"\d+:\d\d:\d\d"),
    ],
)
def test_the_page_says_when_to_come_back(still: Site, language: str, words: str, pattern: str) -> None:
    answers = (v.at_card_host(v.start(language)) for v in (still.visitor("aino") for _ in range(20)))
    _, limited = passed(answers)
    page = Page(limited.text)
    assert [values["lang"] for tag, values in page.tags if tag == "html"] == [language]
    assert words in limited.text
    assert re.search(pattern, limited.text)
    assert f"https://webvartti.localhost:8443/{language}/sign-in" in page.values("href")
    assert limited.headers["Cache-Control"] == "no-store"


def test_the_log_has_one_line_of_a_kind_and_nothing_personal_and_the_audit_none(
    still: Site, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(still.services.audit.show(limit=1000))
    with caplog.at_level(logging.INFO, "webvartti.security"):
        for _ in range(30):
            visitor = at(still.visitor("aino"), "192.0.2.99")
            visitor.at_card_host(visitor.start())
    lines = [record.getMessage() for record in caplog.records if record.name == "webvartti.security"]
    assert lines == ["limited: sign-in (and 0 more since the last such line)"]
    assert len(still.services.audit.show(limit=1000)) == before


def test_a40_without_the_database_a_limited_request_fails_as_any_other(still: Site, installation: Installation) -> None:
    visitor = still.visitor("aino")
    attempt = visitor.start()
    (installation.directory / "webvartti.db").rename(installation.directory / "gone.db")
    assert visitor.at_card_host(attempt).status_code == 503
    (installation.directory / "gone.db").rename(installation.directory / "webvartti.db")
    assert visitor.at_card_host(attempt).status_code == 200


def test_counters_are_gone_after_minutes(still: Site, clock: Clock) -> None:
    still.signed_in("aino")
    worker = still.services.worker
    assert worker.run(clock() + timedelta(minutes=2)).expired >= 4  # the ticket, and the counters by card, browser and address
