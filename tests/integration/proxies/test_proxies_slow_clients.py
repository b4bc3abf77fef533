"""Five hundred clients that hang in every way, and one person with a card among them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.proxies.client import Person, ask, connect, context, read, request
from tests.integration.proxies.fronts import Front, running_proxy, write_configuration
from tests.ports import free_port
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST

pytestmark = pytest.mark.slow

FIRST_BYTES = bytes.fromhex("160301020001")  # a record header and the type of a ClientHello, and then nothing
LONGEST_WAIT = 5.0
"""Seconds that anybody else may wait for a whole sign-in meanwhile; it takes about 0.2 with nobody about."""


@contextmanager
def hanging(front: Front) -> Iterator[dict[str, list[socket.socket]]]:
    """500 connections, a third each at both hosts: stuck in the handshake, in the head, in the body."""
    hosts = ((PUBLIC_HOST, front.public_host), (CARD_HOST, front.card_host))

    def handshake(number: int) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", front.public_port), timeout=20)
        sock.sendall(FIRST_BYTES[: number % 7])
        return sock

    def head(number: int) -> socket.socket:
        sock = connect(front.public_port, hosts[number % 2][0])
        sock.sendall(request("GET", "/en/", hosts[number % 2][1])[:-2] + b"X")
        return sock

    def body(number: int) -> socket.socket:
        sock = connect(front.public_port, hosts[number % 2][0])
        origin = b"Origin: " + front.public_origin.encode()
        sock.sendall(request("POST", "/sign-in", hosts[number % 2][1], [origin], b"a" * 60000)[:-59000])
        return sock

    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        made = {
            kind.__name__: list(pool.map(kind, range(count))) for kind, count in ((handshake, 168), (head, 166), (body, 166))
        }
        for socks in made.values():
            for sock in socks:
                stack.enter_context(contextlib.closing(sock))
        yield made


def drip(socks: list[socket.socket]) -> None:
    """One more byte from each that is still there."""
    for sock in socks:
        with contextlib.suppress(OSError):
            sock.send(b"a")


def still_open(socks: list[socket.socket]) -> int:
    """How many the other side hasn't ended, with or without an answer."""
    return sum(is_open(sock) for sock in socks)


def is_open(sock: socket.socket) -> bool:
    sock.setblocking(False)
    try:
        while sock.recv(4096):
            pass
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    return False


def test_a22_others_are_served_while_500_hang_and_those_are_cut(proxy: Front) -> None:
    with hanging(proxy) as made:
        started = time.monotonic()
        assert sum(map(still_open, made.values())) == 500
        waits: list[float] = []
        while time.monotonic() < started + 6:
            drip(made["head"] + made["body"])
            before = time.monotonic()
            slug = ("aino", "bjorn")[len(waits) % 2]
            assert Person(proxy, proxy.country.card(slug).chosen_pem).signed_in().status == 200
            waits.append(time.monotonic() - before)
            time.sleep(1)
        assert max(waits) < LONGEST_WAIT, waits
        while still_open(made["handshake"] + made["head"]) and time.monotonic() < started + 30:
            drip(made["head"])
            time.sleep(0.5)
        assert still_open(made["handshake"]) == 0
        assert still_open(made["head"]) == 0
        if proxy.name == "haproxy":  # nginx limits the pause between two pieces of a body only, and holds no thread for it
            while still_open(made["body"]) and time.monotonic() < started + 30:
                drip(made["body"])
                time.sleep(0.5)
            assert still_open(made["body"]) == 0


def test_a22_one_address_can_take_no_more_than_its_share(haproxy: Front) -> None:
    """Of nginx a firewall rule does this for connections that haven't sent a request: docs/deployment.md."""
    address = ("127.0.0.1", haproxy.public_port)
    with ExitStack() as stack:
        many = [stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(1010)]
        time.sleep(0.3)
        assert still_open(many) <= 1000
        plain = stack.enter_context(socket.create_connection(address, timeout=20, source_address=("127.0.0.2", 0)))
        sock = stack.enter_context(context().wrap_socket(plain, server_hostname=PUBLIC_HOST))
        sock.sendall(request("GET", "/en/", haproxy.public_host))
        assert read(sock).status == 200


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_while_the_application_is_away_a_page_says_so(name: str, haproxy: Front, tmp_path: Path) -> None:
    """A proxy of its own, with no gunicorn behind it."""
    port = free_port()
    (tmp_path / "log").mkdir()
    into = write_configuration(name, haproxy.country, tmp_path, port)
    with running_proxy(name, into, port):
        for host in (PUBLIC_HOST, CARD_HOST):
            for method in ("GET", "POST"):
                answer = ask(port, host, request(method, "/sign-in", f"{host}:{port}"))
                assert answer.status == 503
                assert answer.headers["Retry-After"] == "60"
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
                for words in ("hetken poissa", "tillfälligt", "away for a moment"):
                    assert words in answer.body
