"""A few connections for many threads: nobody holds two at a time, so nobody waits for somebody who waits for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import Pool, event

from tests.conftest import Installation
from tests.cut_line import Cut, line_to
from tests.integration.service.reviewing import APPROVE, Office, open_office
from tests.unit.domain.placed import ANNA
from tests.web.visitor import build_site
from webvartti.domain.errors import CommitUnknown
from webvartti.domain.messages import Feedback
from webvartti.domain.orders import OrderAlreadyOpen, StaleOrder
from webvartti.domain.permissions import Role
from webvartti.domain.queue import QueueFilter

THREADS = 16


def test_sixteen_threads_share_two_connections(installation: Installation) -> None:
    """Had any of them to wait for a second one, it would be told after ten seconds that the database can't be used."""
    office = open_office(installation, DATABASE_CONNECTIONS="2")
    holders = {slug: office.holder(slug) for slug in ("aino", "bjorn")}
    together = threading.Barrier(THREADS)

    def work(count: int) -> int:
        slug = list(holders)[count % 2]
        together.wait()
        for round_ in range(3):
            with suppress(OrderAlreadyOpen):
                office.place(slug, form=f"form {count} {round_}")
            for order in office.services.orders.of_person(holders[slug].person):
                office.services.review.case(order.number, ANNA, Role.REVIEWER, office.now)
                with suppress(StaleOrder):
                    office.services.orders.withdraw(order.number, order.person, order.version, office.now)
            office.services.review.queue(QueueFilter(), ANNA, office.now)
        return round_

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(work, range(THREADS))) == [2] * THREADS
    orders = list(office.services.orders.every(None))
    assert {str(order.state) for order in orders} == {"withdrawn"}
    assert office.actions().count("order.placed") == office.actions().count("order.withdrawn") == len(orders) >= 2


@pytest.fixture
def held() -> Iterator[Counter[int]]:
    """How many connections each thread has held at a time at the most."""
    now, most = Counter[int](), Counter[int]()

    def taken(*_: object) -> None:
        thread = threading.get_ident()
        now[thread] += 1
        most[thread] = max(most[thread], now[thread])

    def given_back(*_: object) -> None:
        now[threading.get_ident()] -= 1

    for name, listener in (("checkout", taken), ("checkin", given_back)):
        event.listen(Pool, name, listener)
    yield most
    for name, listener in (("checkout", taken), ("checkin", given_back)):
        event.remove(Pool, name, listener)


def test_no_page_holds_two_connections(installation: Installation, held: Counter[int]) -> None:
    services = installation.build()
    site = build_site(installation.settings, services, installation.country)
    visitor = site.signed_in("aino")
    assert visitor.order().status_code == 303
    number = next(services.orders.every(None)).number
    for path in ("/en/card", f"/en/orders/{number}", "/en/renewal", "/en/draft", "/en/feedback", "/health"):
        visitor.get(path)
    assert visitor.submit(visitor.get(f"/en/orders/{number}/withdraw")).status_code == 303
    services.feedback.leave(Feedback(services.clock(), "fi", "/", "Hyvä"))
    assert visitor.post("/en/sign-out", {}).status_code < 500
    assert held == {threading.get_ident(): 1}


def test_no_step_of_the_review_holds_two(installation: Installation, held: Counter[int]) -> None:
    office = open_office(installation)
    order, review = office.place(), office.services.review
    review.open_next(ANNA, office.now)
    office.decide(office.order(order.number), APPROVE, ANNA)
    assert office.settle() == 1
    assert office.services.audit.verify(None).unsealed > 0
    assert held == {threading.get_ident(): 1}


def test_a_round_of_the_worker_holds_two_at_the_most(installation: Installation, held: Counter[int]) -> None:
    """On PostgreSQL one for the job's lock and one for the work: a process has two at least, and one worker."""
    office = open_office(installation, DATABASE_CONNECTIONS="2")
    office.decide(office.place(), APPROVE, ANNA)
    done = office.services.worker.run(office.now)
    assert done.sealed > 0
    assert max(held.values()) <= 2


@pytest.mark.only_postgresql("SQLite has no line that could be cut")
@pytest.mark.parametrize("cut", Cut)
def test_a39_the_same_form_again_tells_what_became_of_an_order(installation: Installation, cut: Cut) -> None:
    """Its holder can't be told, sends it again, and has one order whatever had happened."""
    with line_to(installation.url) as line:
        office: Office = open_office(installation, DATABASE_URL=line.url)
        assert list(office.services.orders.every(None)) == []  # connected
        line.cut = cut
        with suppress(CommitUnknown):
            office.place()
        assert line.cut is None
        order = office.place()
        assert order == office.place()
        assert [each.number for each in office.services.orders.every(None)] == [order.number]
        assert office.actions(order.number) == ["order.placed"]
        office.services.close()
