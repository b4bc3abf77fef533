"""A39 with two nodes: one of them dies, all of it with SIGKILL, in the middle of somebody's order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException

import pytest

from tests.integration.nodes.browsing import checked, number_of, placed, services_of, submit
from tests.integration.nodes.cluster import Cluster, Node, move
from tests.integration.proxies.client import Answer, Person

pytestmark = pytest.mark.slow


@contextmanager
def comes_back(cluster: Cluster, node: Node) -> Iterator[None]:
    """Whatever has happened to it: started again, and the balancer takes it back by itself."""
    yield
    node.stop()
    node.start()
    cluster.admin.wait_for(node.name, "UP")
    before = cluster.admin.served("public")[node.name]
    for _ in range(4):
        assert cluster.person("aino").public("GET", "/en/").status == 200
    assert cluster.admin.served("public")[node.name] > before


@pytest.mark.parametrize(("dies", "slug"), [(0, "o-neill"), (1, "robin")])
def test_a39_a_node_dies_between_check_and_send(cluster: Cluster, dies: int, slug: str) -> None:
    node = cluster.nodes[dies]
    person = cluster.person(slug, at=node)
    person.signed_in()
    check = checked(person, slug)
    move(person, None)
    with comes_back(cluster, node):
        node.kill()
        sent = submit(person, check, "/check")  # at once: the balancer hasn't noticed yet
        number = number_of(sent)
        assert placed(services_of(cluster), slug) == [(number, 1)]
        assert [person.public("GET", f"/en/orders/{number}").status for _ in range(4)] == [200] * 4
        cluster.admin.wait_for(node.name, "DOWN")
        assert person.public("GET", "/en/orders").status == 200


def answer_or_none(person: Person, check: Answer) -> Answer | None:
    """What the person is told, or None where the connection ends without a word."""
    with suppress(OSError, HTTPException):
        return submit(person, check, "/check")
    return None


@pytest.mark.parametrize(
    ("milliseconds", "slug"),
    [(None, "anna-kaarina"), (0, "a-o"), (5, "maximiliana"), (10, "noora"), (20, "elin"), (40, "helmi")],
)
def test_a39_a_node_dies_while_the_order_is_in_flight(cluster: Cluster, milliseconds: int | None, slug: str) -> None:
    """None: before the application has looked at it."""
    first, other = cluster.nodes
    person = cluster.person(slug)
    person.signed_in()
    check = checked(person, slug)
    with comes_back(cluster, first):
        cluster.admin.put(other.name, "drain")
        if milliseconds is None:
            first.freeze()
        with ThreadPoolExecutor(1) as pool:
            told = pool.submit(answer_or_none, person, check)
            time.sleep(0.3 if milliseconds is None else milliseconds / 1000)
            cluster.admin.put(other.name, "ready")
            first.kill()
            answer = told.result(30)
        assert answer is None or milliseconds is not None
        number = number_of(submit(person, check, "/check"))
        assert answer is None or number_of(answer) == number
        assert placed(services_of(cluster), slug) == [(number, 1)]
        assert person.public("GET", f"/en/orders/{number}").status == 200
