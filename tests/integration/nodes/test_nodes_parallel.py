"""A35 with two nodes: a hundred people at once, each with a card of their own, and nobody becomes somebody else."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.benchmarks.many_cards import issue_many
from tests.conftest import Installation
from tests.integration.nodes.browsing import services_of
from tests.integration.nodes.cluster import running_cluster
from tests.integration.nodes.conftest import NewDatabase
from tests.integration.proxies.client import Person
from webvartti.domain.holders import CardId

pytestmark = pytest.mark.slow

PEOPLE = 100


def test_a35_a_hundred_parallel_sign_ins_over_two_nodes(
    installation: Installation, tmp_path: Path, directory: Path, new_database: NewDatabase
) -> None:
    database = new_database()
    if database.startswith("sqlite"):
        pytest.skip("one writer at a time: of a hundred some wait longer for a SQLite file than its 5 seconds")
    changes, cards = issue_many(installation, tmp_path / "many", PEOPLE)
    with running_cluster(installation.country, directory, database, changes) as cluster:
        people = [cluster.visitor(card) for card in cards]
        with ThreadPoolExecutor(PEOPLE) as pool:
            pages = list(pool.map(Person.signed_in, people))
        assert [page.status for page in pages] == [200] * PEOPLE
        for backend in ("public", "card"):
            assert min(cluster.admin.served(backend).values()) > PEOPLE / 10, cluster.admin.served(backend)
        services = services_of(cluster)
        rows = [entry.detail for entry in services.audit.show(limit=500) if entry.action == "session.started"]
        now = services.clock()
        in_force = [services.health.revocation.status(CardId(row["issuer_key"], row["card_serial"]), now) for row in rows]
        logs = cluster.logs()
    known = [x509.load_pem_x509_certificate(card.read_bytes()) for card in cards]
    expected = {format(each.serial_number, "x"): each.fingerprint(SHA256()).hex() for each in known}
    assert {row["card_serial"]: row["fingerprint"] for row in rows} == expected
    assert len(rows) == PEOPLE
    assert [row["crl_number"] for row in rows] == [str(status.crl_number) for status in in_force]
    assert None not in [status.crl_number for status in in_force]
    sessions = [person.cookies["__Host-session"].value for person in people]
    assert len(set(sessions)) == PEOPLE
    for secret in (*expected, *expected.values(), *sessions, *{row["crl_number"] for row in rows}):
        assert not re.search(re.escape(secret), logs, re.IGNORECASE), secret
