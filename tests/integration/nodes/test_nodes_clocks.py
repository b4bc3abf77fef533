"""A41: one node's clock is five minutes wrong, and everything comes out as if it weren't."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.integration.nodes.browsing import appoint, checked, follow, number_of, placed, services_of, submit
from tests.integration.nodes.cluster import Cluster, move, running_cluster
from tests.integration.nodes.conftest import NewDatabase
from tests.machine_clocks import MachineClock, built_library
from tests.web.visitor import Page
from webvartti.demo.country import Country
from webvartti.domain.permissions import Role

pytestmark = pytest.mark.slow

WRONG = {"ahead": 300, "behind": -300}
"""Seconds."""


@pytest.fixture(scope="module", params=WRONG)
def skewed(
    request: pytest.FixtureRequest,
    furnished: Country,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: NewDatabase,
) -> Iterator[Cluster]:
    """The second node's clock is wrong."""
    database = new_database()
    if database.startswith("sqlite"):
        pytest.skip("nodes that share a SQLite file are one machine: they have one clock")
    directory = tmp_path_factory.mktemp(request.param)
    clock = MachineClock(built_library(directory), directory / "clock")
    clock.set(WRONG[request.param])
    with running_cluster(furnished, directory, database, machines={"b": clock.variables()}) as cluster:
        yield cluster


def test_the_clock_of_that_machine_is_really_wrong(skewed: Cluster) -> None:
    """So the others here mean something: gunicorn stamps its log with it."""
    logs = [(node.front.directory / "log" / "webvartti-public").read_text() for node in skewed.nodes]
    stamps = [re.findall(r"^\[(\S+ \S+ \+0000)\]", log, re.MULTILINE)[0] for log in logs]
    right, wrong = (datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S %z") for stamp in stamps)
    assert timedelta(minutes=4) < abs(wrong - right) < timedelta(minutes=6)


@pytest.mark.parametrize("steps", ["aab", "aba", "abb", "baa", "bab", "bba"])
def test_a41_a_sign_in_ends_well_wherever_its_steps_end(skewed: Cluster, steps: str) -> None:
    """The attempt lives five minutes, the ticket sixty seconds, and each is made and used on another node."""
    nodes = {node.name: node for node in skewed.nodes}
    person = skewed.person("bjorn", at=nodes[steps[0]])
    attempt = person.attempt()
    move(person, nodes[steps[1]])
    handed = person.at_card_host(attempt)
    move(person, nodes[steps[2]])
    assert person.finished(handed).status == 200
    for node in skewed.nodes:
        move(person, node)
        assert person.public("GET", "/en/orders").status == 200


def test_a41_attempts_are_counted_alike(skewed: Cluster) -> None:
    """Ten sign-ins at once with one card, on whichever node, and then one in six seconds, as on a single one."""
    started = time.monotonic()
    statuses: list[int] = []
    while 429 not in statuses and len(statuses) < 40:
        statuses.append(skewed.person("aino", at=skewed.nodes[len(statuses) % 2]).judged().status)
    came_back = (time.monotonic() - started) / 6
    assert statuses == [200] * (len(statuses) - 1) + [429]
    assert 10 <= len(statuses) - 1 <= 11 + came_back


def test_a41_an_order_is_placed_read_and_withdrawn_on_different_nodes(skewed: Cluster) -> None:
    first, other = skewed.nodes
    person = skewed.person("kaisa", at=other)
    person.signed_in()
    check = checked(person, "kaisa")
    move(person, first)
    number = number_of(submit(person, check, "/check"))
    services = services_of(skewed)
    assert placed(services, "kaisa") == [(number, 1)]
    move(person, other)
    path = f"/en/orders/{number}/withdraw"
    assert follow(person, submit(person, person.public("GET", path), "", path)).status == 200
    order = next(each for each in services.orders.every(None) if each.number == number)
    assert order.state == "withdrawn"
    moments = [event.at for event in order.events]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] < timedelta(minutes=1)


def test_a41_a_decision_can_be_undone_for_its_minute_on_the_other_node(skewed: Cluster) -> None:
    first, other = skewed.nodes
    holder = skewed.person("jorma", at=first)
    holder.signed_in()
    number = number_of(submit(holder, checked(holder, "jorma"), "/check"))
    appoint(skewed, "sari", Role.REVIEWER)
    for decides, undoes in ((first, other), (other, first)):
        reviewer = skewed.person("sari", at=decides)
        reviewer.signed_in()
        case = reviewer.public("GET", f"/en/staff/cases/{number}")
        decided = follow(reviewer, submit(reviewer, case, "/approve"))
        assert Page(decided.body).values("data-pending") == ["taken"]
        move(reviewer, undoes)
        undone = follow(reviewer, submit(reviewer, decided, "/undo"))
        assert Page(undone.body).values("data-pending") == []
    entries = services_of(skewed).audit.show(limit=1000)
    assert [each.action for each in entries if each.order == number].count("decision.undone") == 2
    times = [each.at for each in reversed(entries)]
    assert times == sorted(times)
