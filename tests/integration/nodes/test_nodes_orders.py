"""A29 with two nodes: two clicks, two tabs and two reviewers that meet on different ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from tests.integration.nodes.browsing import appoint, checked, number_of, placed, services_of, submit
from tests.integration.nodes.cluster import Cluster, move
from tests.integration.proxies.client import Answer, Person
from tests.web.visitor import Page
from webvartti.domain.permissions import Role


def at_once(people: list[Person], page: Answer, ending: str) -> list[Answer]:
    """Each of them sends the form of this page, all at the same moment."""
    barrier = Barrier(len(people))

    def send(person: Person) -> Answer:
        barrier.wait(10)
        return submit(person, page, ending)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(send, people))


def test_a29_twenty_clicks_on_two_nodes_make_one_order(cluster: Cluster) -> None:
    person = cluster.person("bjorn")
    person.signed_in()
    check = checked(person, "bjorn")
    clicks = [replace(person) for _ in range(20)]
    for count, click in enumerate(clicks):
        move(click, cluster.nodes[count % 2])
    answers = at_once(clicks, check, "/check")
    (number,) = {number_of(answer) for answer in answers}
    assert placed(services_of(cluster), "bjorn") == [(number, 1)]


def test_a29_two_tabs_on_two_nodes_make_one_order_and_the_other_is_led_to_it(cluster: Cluster) -> None:
    tabs = [cluster.person("kaisa")]
    tabs[0].signed_in()
    tabs.append(replace(tabs[0]))
    for tab, node in zip(tabs, cluster.nodes, strict=True):
        move(tab, node)
    checked(tabs[0], "kaisa")
    forms = [tab.public("GET", "/en/renewal/check") for tab in tabs]
    barrier = Barrier(2)

    def send(tab: int) -> str:
        barrier.wait(10)
        return submit(tabs[tab], forms[tab], "/check").headers["Location"]

    with ThreadPoolExecutor(2) as pool:
        places = list(pool.map(send, range(2)))
    ((number, audited),) = placed(services_of(cluster), "kaisa")
    assert audited == 1
    assert f"/en/orders/{number}/receipt" in places
    shown = tabs[1].public("GET", "/en/card")
    assert "order-open" in Page(shown.body).values("data-finding")


def test_a29_two_reviewers_on_two_nodes_make_one_decision_and_one_reads_what_changed(cluster: Cluster) -> None:
    holder = cluster.person("jorma")
    holder.signed_in()
    number = number_of(submit(holder, checked(holder, "jorma"), "/check"))
    reviewers = []
    for slug, node in zip(("sari", "markus"), cluster.nodes, strict=True):
        appoint(cluster, slug, Role.REVIEWER)
        reviewer = cluster.person(slug, at=node)
        reviewer.signed_in()
        reviewers.append(reviewer)
    pages = [reviewer.public("GET", f"/en/staff/cases/{number}") for reviewer in reviewers]
    barrier = Barrier(2)

    def approve(reviewer: Person, page: Answer) -> Answer:
        barrier.wait(10)
        return submit(reviewer, page, "/approve")

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(approve, reviewers, pages), key=lambda answer: answer.status)
    assert [answer.status for answer in answers] == [303, 409]
    assert "Decision taken" in answers[1].body
    services = services_of(cluster)
    with services.review.units.reading() as unit:
        assert len(unit.review_decisions.of_order(number)) == 1
    taken = [entry for entry in services.audit.show(limit=1000) if (entry.action, entry.order) == ("decision.taken", number)]
    assert len(taken) == 1
