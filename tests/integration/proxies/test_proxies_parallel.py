"""A35: a hundred people at once, each with a card of their own, and nobody becomes somebody else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.benchmarks.many_cards import issue_many
from tests.conftest import Installation
from tests.integration.proxies.client import Person
from tests.integration.proxies.fronts import Front, behind_proxy, embedded
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.domain.holders import CardId

pytestmark = pytest.mark.slow

PEOPLE = 100
Start = Callable[..., AbstractContextManager[Front]]
FRONTS: dict[str, Start] = {
    "haproxy": partial(behind_proxy, "haproxy"), "nginx": partial(behind_proxy, "nginx"), "embedded": embedded,
}  # fmt: skip


@pytest.mark.parametrize("name", FRONTS)
def test_a35_a_hundred_parallel_sign_ins_with_a_hundred_cards(
    installation: Installation,
    tmp_path: Path,
    name: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    changes, cards = issue_many(installation, tmp_path / "many", PEOPLE)
    directory = tmp_path / name
    directory.mkdir()
    caplog.set_level(logging.DEBUG)  # the embedded server is in this very process
    with FRONTS[name](installation.country, directory, changes) as front:
        # from ten addresses: the embedded server has 128 connections for one, and each request here makes its own
        people = [Person(front, card, source=f"127.0.0.{2 + number % 10}") for number, card in enumerate(cards)]
        with ThreadPoolExecutor(PEOPLE) as pool:
            pages = list(pool.map(Person.signed_in, people))
        assert [page.status for page in pages] == [200] * PEOPLE
        services = build_services(load_settings(front.environ))
        rows = [entry.detail for entry in services.audit.show(limit=500) if entry.action == "session.started"]
        now = services.clock()
        in_force = [services.health.revocation.status(CardId(row["issuer_key"], row["card_serial"]), now) for row in rows]
        logs = front.logs() + caplog.text + "".join(capfd.readouterr())
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
