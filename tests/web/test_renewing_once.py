"""Nothing is sent twice, nothing is told that isn't so, and a card that was revoked meanwhile orders nothing."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.conftest import Installation
from tests.unit.pki.authority import KeyRing
from tests.web.lane import open_lane
from tests.web.visitor import PUBLIC, Page, Site
from webvartti.domain.orders import Contact, LetterTo, RenewalBlocked
from webvartti.services.renewal_requests import PlaceOrder, RenewalRequest


def orders_in(site: Site) -> list[tuple[str, str]]:
    return [(order.number, str(order.state)) for order in site.services.orders.every(None)]


def test_a29_double_click_retry_and_reload_make_one_order(site: Site) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    answers = [visitor.submit(check, "/check") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(orders_in(site)) == 1


def test_a29_twenty_parallel_submits_of_one_form_make_one_order(site: Site) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    _, fields = Page(check.text).form("/check")
    cookie = f"__Host-session={visitor.cookie('__Host-session')}"

    def send(_: int) -> str:
        client = site.public.test_client(use_cookies=False)
        headers = {"Origin": PUBLIC, "Cookie": cookie}
        answer = client.post("/en/renewal/check", base_url=PUBLIC, data=fields, headers=headers)
        return str(answer.headers["Location"])

    with ThreadPoolExecutor(20) as pool:
        places = set(pool.map(send, range(20)))
    assert len(places) == 1
    assert len(orders_in(site)) == 1


def test_a29_two_tabs_make_one_order_and_the_second_is_told(site: Site) -> None:
    visitor = site.signed_in("aino")
    visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi")
    first, second = visitor.get("/en/renewal/check"), visitor.get("/en/renewal/check")
    visitor.submit(first, "/check")
    told = visitor.submit(second, "/check")
    assert told.status_code == 303
    assert len(orders_in(site)) == 1
    assert "order-open" in Page(visitor.follow(told).text).values("data-finding")


def test_a29_answers_changed_in_another_tab_are_shown_again_before_anything_is_sent(site: Site) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    visitor.submit(visitor.get("/en/renewal"), "/renewal", email="b@example.fi")
    answer = visitor.submit(check, "/check")
    assert answer.status_code == 409
    assert "b@example.fi" in answer.text
    assert orders_in(site) == []
    assert visitor.submit(answer, "/check").status_code == 303
    assert len(orders_in(site)) == 1


def test_a29_a_stale_withdrawal_is_409_and_says_how_the_order_stands(site: Site) -> None:
    visitor = site.signed_in("aino")
    number = visitor.order().headers["Location"].split("/")[-2]
    form = visitor.get(f"/en/orders/{number}/withdraw")
    stale = visitor.submit(form, "", version="1")
    assert stale.status_code == 409
    assert "changed meanwhile" in stale.text
    assert orders_in(site) == [(number, "approved")]


def test_a17_a_card_revoked_after_sign_in_can_not_finish_its_order(installation: Installation) -> None:
    lane = open_lane(installation, KeyRing())
    site, visitor = lane.site, lane.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    living = site.services.sign_in.load(visitor.cookie("__Host-session"), lane.now)
    assert living is not None
    session = living.session
    lane.later(timedelta(minutes=1))
    lane.fresh(lane.entry("aino"))
    assert visitor.submit(check, "/check").status_code == 403  # the session has ended with the card
    assert "session.ended-by-revocation" in [entry.action for entry in site.services.audit.show(limit=5)]
    request = RenewalRequest(None, LetterTo.HOME, "", Contact("a@example.fi", "", "en"))
    with pytest.raises(RenewalBlocked) as blocked:  # and were the session still there, the order would be refused
        site.services.renewals.place_order(PlaceOrder(request, "k" * 40), session.holder, lane.now)
    assert "certificate-revoked" in [finding.code for finding in blocked.value.findings]
    assert orders_in(site) == []


def test_a30_no_success_page_without_a_committed_order(site: Site, installation: Installation) -> None:
    """A transaction that fails at its very end: nobody is told that there is an order."""
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.execute("CREATE TRIGGER stop BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    answer = visitor.submit(check, "/check")
    assert answer.status_code >= 500
    assert orders_in(site) == []
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.execute("DROP TRIGGER stop")
    assert visitor.submit(check, "/check").status_code == 303  # the same form, once things are right again
    assert len(orders_in(site)) == 1


def test_a30_no_error_page_after_a_committed_order(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt is another request: even if it can't be shown, the answer to "send" says that the order is there."""
    visitor = site.signed_in("aino")
    answer = visitor.order()
    assert answer.status_code == 303
    receipt = answer.headers["Location"]
    monkeypatch.setitem(site.public.jinja_env.filters, "day", None)
    assert visitor.get(receipt).status_code == 500
    assert len(orders_in(site)) == 1


def test_a34_without_the_audit_nothing_changes_and_pages_can_still_be_read(site: Site, installation: Installation) -> None:
    visitor = site.signed_in("aino")
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.execute("CREATE TRIGGER silence BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
    answer = visitor.submit(check, "/check")
    assert answer.status_code == 503
    assert "nothing can be changed right now" in answer.text
    assert orders_in(site) == []
    assert visitor.get("/en/orders").status_code == 200
