"""A sign-in whose steps end on different nodes, and what each node takes a connection for."""

from __future__ import annotations

import pytest

from tests.integration.nodes.cluster import Cluster, move


@pytest.mark.parametrize("steps", ["aab", "aba", "abb", "baa", "bab", "bba"])
def test_a06_each_step_of_a_sign_in_may_end_on_another_node(cluster: Cluster, steps: str) -> None:
    """The sign-in page, the handshake with the card, the hand-over."""
    nodes = {node.name: node for node in cluster.nodes}
    person = cluster.person("bjorn", at=nodes[steps[0]])
    attempt = person.attempt()
    move(person, nodes[steps[1]])
    handed = person.at_card_host(attempt)
    move(person, nodes[steps[2]])
    page = person.finished(handed)
    assert cluster.front.country.card("bjorn").name in page.body
    for node in cluster.nodes:
        move(person, node)
        assert person.public("GET", "/en/orders").status == 200


def test_a06_through_the_balancer_all_nodes_are_used_and_nobody_belongs_to_one(cluster: Cluster) -> None:
    before = cluster.admin.served("public"), cluster.admin.served("card")
    for slug in ("aino", "bjorn") * 2:
        person = cluster.person(slug)
        assert cluster.front.country.card(slug).name in person.signed_in().body
        assert [person.public("GET", "/en/orders").status for _ in range(4)] == [200] * 4
    for backend, had in zip(("public", "card"), before, strict=True):
        more = {name: count - had[name] for name, count in cluster.admin.served(backend).items()}
        assert min(more.values()) > 0, more
