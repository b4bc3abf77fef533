"""The queue and the search on a real database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.storage.cases import add, asked_of, is_read_whole, is_sorted, plans_of
from tests.unit.domain.placed import ANNA, BENGT, CARITA
from webvartti.domain.decisions import Outcome
from webvartti.domain.errors import NotFound
from webvartti.domain.events import Actor, ActorKind, EventKind
from webvartti.domain.holders import Person
from webvartti.domain.orders import Order, happened
from webvartti.domain.queue import LEASE, QueueFilter
from webvartti.domain.review import DecisionStatus, ReviewDecision
from webvartti.domain.staff import Colleague
from webvartti.storage.unit_of_work import Storage

Numbered = Callable[..., Order]
JOB = Actor(ActorKind.SYSTEM, "job")
DAY = timedelta(days=1)


def pages(storage: Storage, now: datetime, limit: int, wanted: QueueFilter | None = None) -> list[list[str]]:
    """The whole queue, page by page, as numbers."""
    found: list[list[str]] = []
    after = ""
    while True:
        with storage.reading() as unit:
            page = unit.cases.page(wanted or QueueFilter(), after=after, limit=limit, now=now)
        if not page:
            return found
        found.append([case.order.number for case in page])
        after = found[-1][-1]


def withdraw(storage: Storage, order: Order, now: datetime) -> None:
    with storage.writing() as unit:
        unit.orders.save(happened(order, EventKind.WITHDRAWN, JOB, now), seen_version=order.version)
        unit.commit()


def test_the_queue_is_by_harm_and_pages_join(storage: Storage, numbered: Numbered, now: datetime) -> None:
    """Ends in an order of their own, three of them at the very same moment."""
    days = [5, 2, 9, 2, 1, 2, 7]
    orders = [numbered(count, placed_at=now, certificate_not_after=now + day * DAY) for count, day in enumerate(days, 1)]
    orders = [replace(order, revocation=replace(order.revocation, revoked_at=None)) for order in orders]
    add(storage, *orders)
    expected = [orders[index].number for index in (4, 1, 3, 5, 0, 6, 2)]
    for limit in (1, 2, 3, 7, 50):
        found = pages(storage, now, limit)
        assert [number for page in found for number in page] == expected, limit
        assert max(map(len, found)) <= limit


def test_a_page_begins_after_an_order_that_left_the_queue_meanwhile(
    storage: Storage, numbered: Numbered, now: datetime
) -> None:
    orders = [numbered(count, placed_at=now) for count in range(1, 7)]  # all at one place
    add(storage, *orders)
    with storage.reading() as unit:
        first = unit.cases.page(QueueFilter(), after="", limit=3, now=now)
    last = first[-1].order
    withdraw(storage, last, now)
    with storage.reading() as unit:
        second = unit.cases.page(QueueFilter(), after=last.number, limit=3, now=now)
        with pytest.raises(NotFound):
            unit.cases.page(QueueFilter(), after="WV-0000-0000", limit=3, now=now)
    assert [case.order.number for case in (*first, *second)] == [order.number for order in orders]


def test_filters_alone_and_together(storage: Storage, numbered: Numbered, now: datetime) -> None:
    one, two, three = (numbered(count) for count in (1, 2, 3))
    two = replace(two, product=replace(two.product, profession="002"), certificate_not_after=now + 3 * DAY)
    three = happened(replace(three, placed_at=now - 9 * DAY, findings=()), EventKind.HELD, JOB, now)
    add(storage, one, two, three)
    with storage.writing() as unit:
        unit.cases.assign(one.number, ANNA)
        unit.review_decisions.add(awaiting(two, now))
        unit.commit()

    def found(**wanted: Any) -> set[str]:
        return {number for page in pages(storage, now, 50, QueueFilter(**wanted)) for number in page}

    assert found(state="held") == {three.number}
    assert found(finding="address-differs") == {one.number, two.number}
    assert found(finding="address") == set()
    assert found(finding="%") == set()
    assert found(profession="002") == {two.number}
    assert found(expires_before=now + 4 * DAY) == {two.number}
    assert found(placed_before=now) == {three.number}
    assert found(mine=ANNA) == {one.number}
    assert found(unassigned=True) == {two.number, three.number}
    assert found(awaits_second=True) == {two.number}
    assert found(finding="address-differs", unassigned=True, profession="001") == set()
    assert found(state="submitted", profession="001", mine=ANNA) == {one.number}


def awaiting(order: Order, now: datetime) -> ReviewDecision:
    return ReviewDecision(order.number, Outcome.REJECTED, BENGT, now, DecisionStatus.AWAITS_SECOND, order.version)


def test_the_page_shows_the_open_decision_and_who_has_it(storage: Storage, numbered: Numbered, now: datetime) -> None:
    order = numbered(1)
    add(storage, order)
    with storage.writing() as unit:
        unit.review_decisions.add(awaiting(order, now))
        unit.cases.assign(order.number, ANNA)
        assert unit.cases.lease(order.number, CARITA, now + LEASE, now)
        unit.commit()
    with storage.reading() as unit:
        (case,) = unit.cases.page(QueueFilter(), after="", limit=5, now=now)
    assert case.decision is not None
    assert (case.decision.by, case.work.assignee, case.work.opened_by) == (BENGT, ANNA, CARITA)
    assert case.order == order


def test_counts_are_of_open_cases(storage: Storage, numbered: Numbered, now: datetime) -> None:
    orders = [numbered(count) for count in range(1, 5)]
    add(storage, *orders)
    withdraw(storage, orders[0], now)
    with storage.writing() as unit:
        unit.orders.save(happened(orders[1], EventKind.HELD, JOB, now), seen_version=1)
        unit.review_decisions.add(awaiting(orders[2], now))
        unit.commit()
    with storage.reading() as unit:
        counts = unit.cases.counts()
    assert dict(counts.by_state) == {"held": 1, "submitted": 2}
    assert counts.awaits_second == 1


def test_a29_a_lease_is_one_colleague_s_and_frees_itself(storage: Storage, order: Order, now: datetime) -> None:
    add(storage, order)

    def lease(who: Colleague, at: datetime) -> bool:
        with storage.writing() as unit:
            done = unit.cases.lease(order.number, who, at + LEASE, at)
            unit.commit()
        return done

    assert lease(ANNA, now)
    assert not lease(BENGT, now + LEASE - timedelta(microseconds=1))
    assert lease(ANNA, now + timedelta(minutes=5))  # begins anew
    assert not lease(BENGT, now + LEASE)
    assert lease(BENGT, now + LEASE + timedelta(minutes=5))
    with storage.writing() as unit:
        unit.cases.free(order.number, ANNA)  # hers no more: nothing happens
        assert unit.cases.work(order.number).opened_by == BENGT
        unit.cases.free(order.number, BENGT)
        assert unit.cases.work(order.number).opened_by is None
    withdraw(storage, order, now)
    assert not lease(CARITA, now + DAY)


def test_a29_twenty_at_once_get_one_lease(storage: Storage, order: Order, now: datetime) -> None:
    add(storage, order)
    barrier = Barrier(20)

    def lease(count: int) -> bool:
        barrier.wait()
        with storage.writing() as unit:
            done = unit.cases.lease(order.number, Colleague(Person("n", str(count)), "x"), now + LEASE, now)
            unit.commit()
        return done

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(lease, range(20))) == [False] * 19 + [True]


def test_the_next_case_is_free_undecided_and_somebody_else_s(storage: Storage, numbered: Numbered, now: datetime) -> None:
    own, leased, pending, assigned, held, asked, mine, free = (numbered(count) for count in range(1, 9))
    own = replace(own, person=ANNA.person)
    held = happened(held, EventKind.HELD, JOB, now)
    asked = happened(asked, EventKind.INFORMATION_REQUESTED, BENGT.actor, now)
    add(storage, own, leased, pending, assigned, held, asked, mine, free)
    with storage.writing() as unit:
        unit.cases.lease(leased.number, BENGT, now + LEASE, now)
        unit.review_decisions.add(awaiting(pending, now))
        unit.cases.assign(assigned.number, BENGT)
        unit.cases.assign(mine.number, ANNA)
        assert unit.cases.next_free(ANNA, now) == mine.number
        assert unit.cases.next_free(CARITA, now) == own.number
        assert unit.cases.next_free(ANNA, now + LEASE) == leased.number
        unit.cases.lease(mine.number, ANNA, now + LEASE, now)
        assert unit.cases.next_free(ANNA, now) == free.number
        unit.cases.lease(free.number, ANNA, now + LEASE, now)
        assert unit.cases.next_free(ANNA, now) is None


def test_what_somebody_leaves_behind_is_everybody_s(storage: Storage, numbered: Numbered, now: datetime) -> None:
    one, two = numbered(1), numbered(2)
    add(storage, one, two)
    with storage.writing() as unit:
        unit.cases.assign(one.number, ANNA)
        unit.cases.lease(one.number, ANNA, now + LEASE, now)
        unit.cases.assign(two.number, BENGT)
        unit.cases.lease(two.number, ANNA, now + LEASE, now)
        unit.cases.give_back(ANNA.person)
        work = unit.cases.work(one.number)
        assert (work.assignee, work.opened_by, work.lease_until) == (None, None, None)
        assert (unit.cases.work(two.number).assignee, unit.cases.work(two.number).opened_by) == (BENGT, None)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (QueueFilter(), "ix_cases_place_at"),
        (QueueFilter(state="submitted"), "ix_cases_place_at"),
        (QueueFilter(state="submitted", unassigned=True, profession="001"), "ix_cases_place_at"),
        (QueueFilter(mine=ANNA), "ix_cases_assignee"),
    ],
)
def test_the_queue_s_question_is_answered_by_its_index(
    engine: Engine, storage: Storage, url: str, numbered: Numbered, now: datetime, wanted: QueueFilter, index: str
) -> None:
    add(storage, *(numbered(count) for count in range(1, 4)))
    asked = asked_of(engine)
    with storage.reading() as unit:
        unit.cases.page(wanted, after=numbered(1).number, limit=2, now=now)
        unit.cases.next_free(CARITA, now)
    plans = [plan for plan in plans_of(url, asked) if "cases" in plan]
    assert len(plans) == 2
    assert index in plans[0]
    assert "ix_cases_place_at" in plans[1]
    for plan in plans:
        assert not is_sorted(plan)
        assert not any(is_read_whole(plan, table) for table in ("cases", "orders", "review_decisions"))
