"""More newcomers than can be answered: they are told to come back, and whoever is inside is served as before."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.integration.proxies.client import Answer, Person, ask, connect, read, request
from tests.integration.proxies.fronts import Front, behind_proxy, wait_until
from webvartti.cli.proxy_template import page_policy
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import PUBLIC_HOST

pytestmark = pytest.mark.slow

CROWD = 300
"""Connections that each want a page at the same moment: twice what the proxies let wait."""

LONGEST_WAIT = 5.0
"""Seconds for a page of somebody who is inside."""


@dataclass
class Crowd:
    """Answers by status, and one of the refusals to read."""

    statuses: Counter[int] = field(default_factory=Counter)
    refusal: Answer | None = None


@contextmanager
def crowding(front: Front, path: str, *lines: bytes) -> Iterator[Crowd]:
    """All of them ask again and again, each when everybody has got an answer, until the block ends."""
    crowd, over = Crowd(), Event()
    sent = request("GET", path, front.public_host, lines)

    def ask_all() -> None:
        with ThreadPoolExecutor(8) as pool:
            socks = list(pool.map(lambda _: connect(front.public_port, PUBLIC_HOST), range(CROWD)))
        while not over.is_set():
            for place, sock in enumerate(socks):
                try:
                    sock.sendall(sent)
                except OSError:
                    sock.close()
                    socks[place] = connect(front.public_port, PUBLIC_HOST)
                    socks[place].sendall(sent)
            for sock in socks:
                keep(crowd, sock)
        for sock in socks:
            sock.close()

    thread = Thread(target=ask_all)
    thread.start()
    try:
        yield crowd
    finally:
        over.set()
        thread.join(60)


def keep(crowd: Crowd, sock: socket.socket) -> None:
    """One answer; a connection that ended is made anew in the next round."""
    with contextlib.suppress(OSError, HTTPException):
        answer = read(sock)
        crowd.statuses[answer.status] += 1
        if answer.status == 503:
            crowd.refusal = answer
        return
    sock.close()


def served_quickly(person: Person, pages: int) -> None:
    for _ in range(pages):
        before = time.monotonic()
        assert person.public("GET", "/en/card").status == 200
        assert time.monotonic() - before < LONGEST_WAIT


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_newcomers_are_turned_away_politely_and_those_inside_are_served(furnished: Country, tmp_path: Path, name: str) -> None:
    with behind_proxy(name, furnished, tmp_path) as front:
        inside, coming = (Person(front, furnished.card(slug).chosen_pem) for slug in ("aino", "bjorn"))
        inside.signed_in()
        attempt = coming.attempt()  # has got as far as the sign-in page
        with crowding(front, "/en/sign-in") as crowd:
            wait_until(lambda: crowd.statuses[503] > 0, lambda: str(crowd.statuses))
            served_quickly(inside, 10)
            assert coming.finished(coming.at_card_host(attempt)).status == 200
            for path in ("/static/staff.css", "/health"):
                assert ask(front.public_port, PUBLIC_HOST, request("GET", path, front.public_host)).status == 200
        assert set(crowd.statuses) == {200, 503}
        assert crowd.refusal is not None
        assert crowd.refusal.headers["Retry-After"] == "120"
        assert crowd.refusal.headers["Cache-Control"] == "no-store"
        assert crowd.refusal.headers["Content-Security-Policy"] == page_policy(crowd.refusal.body)
        for words in ("paljon käyttäjiä", "många användare", "Many people are here"):
            assert words in crowd.refusal.body
        newcomer = Person(front, furnished.card("kaisa").chosen_pem)
        wait_until(lambda: newcomer.public("GET", "/en/sign-in").status == 200, lambda: "the crowd has gone", 10)
        assert newcomer.signed_in().status == 200


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_made_up_sessions_get_a_place_in_the_queue_for_a_while_and_nothing_else(
    furnished: Country, tmp_path: Path, name: str
) -> None:
    with behind_proxy(name, furnished, tmp_path) as front:
        inside = Person(front, furnished.card("aino").chosen_pem, source="127.0.0.2")
        inside.signed_in()
        with crowding(front, "/en/card", b"Cookie: __Host-session=" + b"x" * 43) as crowd:
            refused = 503 if name == "haproxy" else 429
            wait_until(lambda: crowd.statuses[refused] > 0, lambda: str(crowd.statuses), 60)
            served_quickly(inside, 10)
        assert set(crowd.statuses) <= {303, 429, 503}  # led to the sign-in page, or turned away
