"""The review queue, a case and the search with a million orders against a thousand; the queue's page against bare rows.

Run with `make bench`. Only the ratios count: both sides run in turn in one process on one disk. Every look is audited, so each
of them is a durable transaction. Both databases answer with the same number of rows: a queue page is full on both (120 open
orders of the thousand, 20,000 of the million), the rare name is as many people's on both.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import render_template

from tests.benchmarks.many_orders import MANY, MANY_OPEN, NOW, RARE, RARE_ORDERS, ManyOrders, make_orders
from tests.conftest import Installation
from tests.unit.domain.placed import ANNA
from tests.web.visitor import PUBLIC, build_site
from webvartti.domain.permissions import Permission, Role
from webvartti.domain.queue import QueueFilter
from webvartti.domain.staff import Colleague, RoleChange
from webvartti.services.review import Review
from webvartti.web import staff_queue
from webvartti.web.access import needs

FEW, FEW_OPEN = 1_000, 120
ROUNDS, PAGE = 300, 50
AIM, AIM_OF_PAGE = 1.3, 3.0


@pytest.fixture
def databases(orders_made: Callable[[int, int], ManyOrders]) -> dict[int, ManyOrders]:
    return {count: orders_made(count, open_count) for count, open_count in ((FEW, FEW_OPEN), (MANY, MANY_OPEN))}


Ask = Callable[[Review, ManyOrders, random.Random], int]
"""What is asked; the answer is how many rows came."""


def first_page(review: Review, orders: ManyOrders, chance: random.Random) -> int:
    return len(review.queue(QueueFilter(), ANNA, NOW, limit=PAGE).cases)


def middle_page(review: Review, orders: ManyOrders, chance: random.Random) -> int:
    middle = orders.open_numbers[len(orders.open_numbers) // 2 - 1]
    return len(review.queue(QueueFilter(), ANNA, NOW, after=middle, limit=PAGE).cases)


def one_case(review: Review, orders: ManyOrders, chance: random.Random) -> int:
    return len(review.case(chance.choice(orders.open_numbers), ANNA, "reviewer", NOW).order.events)


def rare_name(review: Review, orders: ManyOrders, chance: random.Random) -> int:
    return len(review.find(RARE.upper(), ANNA, NOW))


def beginning_of_a_name(review: Review, orders: ManyOrders, chance: random.Random) -> int:
    return len(review.find("ka", ANNA, NOW))


def order_number(review: Review, orders: ManyOrders, chance: random.Random) -> int:
    return len(review.find(chance.choice(orders.open_numbers).replace("-", ""), ANNA, NOW))


ASKED: dict[str, tuple[Ask, int]] = {
    "first page of the queue": (first_page, PAGE),
    "middle page of the queue": (middle_page, PAGE),
    "a case": (one_case, 1),
    "search by a rare name": (rare_name, RARE_ORDERS),
    "search by the beginning of many names": (beginning_of_a_name, PAGE),
    "search by order number": (order_number, 1),
}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ASKED)
def test_a_million_orders_against_a_thousand(installation: Installation, databases: dict[int, ManyOrders], name: str) -> None:
    ask, rows = ASKED[name]
    review = installation.build().review
    chance = random.Random(3)  # noqa: S311 - which case is looked at is no secret
    seconds: dict[int, list[float]] = {count: [] for count in databases}
    for turn in range(ROUNDS + 20):
        for count, orders in databases.items():
            here = replace(review, units=orders.storage)
            started = time.perf_counter()
            found = ask(here, orders, chance)
            if turn >= 20:  # warm
                seconds[count].append(time.perf_counter() - started)
            assert found == rows
    few, many = ((statistics.median(each), statistics.quantiles(each, n=20)[-1]) for each in seconds.values())
    for count, (median, p95) in ((FEW, few), (MANY, many)):
        print(f"\n{name}, {count} orders: median {median * 1e3:.2f} ms, p95 {p95 * 1e3:.2f} ms", end="")
    print(f"\n{name}: p95 ratio {many[1] / few[1]:.2f} (aim: under {AIM}), ratio of the medians {many[0] / few[0]:.2f}")
    assert many[0] / few[0] < 2 * AIM


def test_the_queue_s_page_against_the_same_page_with_its_rows_at_hand(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference is the same address behind the same session and the same template, its rows handed over as they are:
    no question to the queue, no words looked for, no line in the audit.
    """
    make_orders(installation.directory / "webvartti.db", FEW, FEW_OPEN)
    services = installation.build(FOUR_EYES="none")
    site = build_site(installation.settings, services, installation.country)
    visitor = site.signed_in("aino")
    holder = services.judge.judge(site.certificate("aino"), services.clock()).holder
    role = RoleChange(Colleague(holder.person, holder.name), Role.REVIEWER, True, ANNA.actor, services.clock())
    assert services.staff.change(role)
    handed: dict[str, Any] = {}

    def render(template: str, **values: Any) -> str:
        handed.update(values)
        return render_template(template, **values)

    @needs(Permission.QUEUE_READ)
    def at_hand() -> str:
        return render_template("staff/queue.html", **handed)

    with monkeypatch.context() as patched:
        patched.setattr(staff_queue, "render_template", render)
        assert visitor.get("/en/staff/").text.count("<tr") > PAGE
    page = site.public.view_functions["staff_queue.page"]

    def seconds(view: Callable[..., Any]) -> float:
        site.public.view_functions["staff_queue.page"] = view
        started = time.perf_counter()
        assert visitor.public.get("/en/staff/", base_url=PUBLIC).status_code == 200
        return time.perf_counter() - started

    for view in (page, at_hand) * 10:
        seconds(view)  # warm
    rounds = [(seconds(page), seconds(at_hand)) for _ in range(ROUNDS)]
    real, static = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(f"\nqueue page, {PAGE} rows, over HTTP: {real * 1e3:.2f} ms, with its rows at hand {static * 1e3:.2f} ms (medians)")
    print(f"queue page, {PAGE} rows, over HTTP: ratio {real / static:.2f} (aim: under {AIM_OF_PAGE})")
    assert real / static < 2 * AIM_OF_PAGE
