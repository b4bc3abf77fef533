"""Whose connection it is: told by the balancer by the PROXY protocol, and believed of the balancer alone."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import BadStatusLine

import pytest

from tests.integration.nodes.cluster import BALANCER, SOCKETS, VISITOR, write_balancer
from tests.integration.proxies.client import context, read, request
from tests.integration.proxies.fronts import running_proxy, wait_until, write_configuration
from tests.integration.proxies.test_proxy_config import MAIN_FILES
from tests.integration.proxies.test_what_goes_through import listening
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import PUBLIC_HOST

PATIENT = "127.0.0.5"
"""Somebody who comes to the balancer."""


MOST = 40
"""Connections of one visitor in these tests; with 1000 the handshakes would take longer than they may be held."""


@dataclass(frozen=True)
class Behind:
    """A node's proxy behind a balancer; its other end is ours, so that the heads of requests can be read."""

    name: str
    port: int
    node_port: int
    heads: list[str]

    def told(self, port: int, source: str, first: bytes = b"") -> str:
        """The client's address as the application reads it; empty where there is no answer of the application's."""
        self.heads.clear()
        with suppress(OSError, BadStatusLine), self.connection(port, source, first) as sock:
            sock.sendall(request("GET", "/en/", f"{PUBLIC_HOST}:{self.port}"))
            read(sock)
        found = [re.search("X-Forwarded-For: (.*)", head, re.IGNORECASE) for head in self.heads if " /en/ " in head]
        return found[0][1].strip() if found and found[0] else ""

    def connection(self, port: int, source: str, first: bytes = b"") -> ssl.SSLSocket:
        """Through the handshake; ``first`` is sent before it."""
        plain = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))
        plain.sendall(first)
        return context().wrap_socket(plain, server_hostname=PUBLIC_HOST)

    def held(self, visitor: str) -> ssl.SSLSocket:
        """A connection in the middle of a body, of this visitor as the balancer says."""
        sock = self.connection(self.node_port, BALANCER, claim(visitor))
        sock.sendall(request("POST", "/en/feedback", f"{PUBLIC_HOST}:{self.port}", body=b"a" * 1000)[:-900])
        return sock


def claim(address: str) -> bytes:
    """As the PROXY protocol has it, version 1."""
    return f"PROXY TCP4 {address} 127.0.0.1 40000 443\r\n".encode()


@pytest.fixture(scope="module", params=["haproxy", "nginx"])
def behind(request: pytest.FixtureRequest, furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    directory, port, node_port, heads = tmp_path_factory.mktemp("behind"), free_port(), free_port(), list[str]()
    (directory / "log").mkdir()
    into = write_configuration(request.param, furnished, directory, port, "--balancer", BALANCER, listen=node_port)
    written = into / MAIN_FILES[request.param]
    limit = "(sc0_conn_cur gt|limit_conn connections) 1000"
    text, count = re.subn(limit, rf"\1 {MOST}", written.read_text())
    assert count == 1
    written.write_text(text)
    balancer = write_balancer(furnished, directory, port, [("a", node_port)])
    with ExitStack() as stack:
        for name in SOCKETS:
            stack.enter_context(listening(directory / name, heads))
        stack.enter_context(running_proxy(request.param, into, node_port))
        stack.enter_context(running_proxy("haproxy", balancer, port))
        made = Behind(request.param, port, node_port, heads)
        wait_until(lambda: bool(made.told(port, PATIENT)), (balancer / "output").read_text, 10)
        yield made


def test_the_application_sees_the_visitor_s_address_through_the_balancer(behind: Behind) -> None:
    assert behind.told(behind.port, PATIENT) == PATIENT
    assert behind.told(behind.port, VISITOR) == VISITOR


def test_a04_nobody_but_the_balancer_can_say_whose_connection_it_is(behind: Behind) -> None:
    assert behind.told(behind.node_port, BALANCER, claim("192.0.2.7")) == "192.0.2.7"
    lied = behind.told(behind.node_port, VISITOR, claim("192.0.2.7"))
    assert lied == ("" if behind.name == "haproxy" else VISITOR)  # closed, or taken for who they are


def test_past_the_balancer_a_node_is_reached_as_its_proxy_can(behind: Behind) -> None:
    assert behind.told(behind.node_port, VISITOR) == (VISITOR if behind.name == "haproxy" else "")
    assert behind.told(behind.node_port, BALANCER) == ""  # whose connection it is must be said first


def test_what_a_visitor_claims_of_itself_goes_nowhere(behind: Behind) -> None:
    assert behind.told(behind.port, PATIENT, claim("192.0.2.7")) == ""  # no handshake begins so


def test_a22_a_node_counts_by_visitor_and_not_by_balancer(behind: Behind) -> None:
    mine, other = claim("192.0.2.7"), claim("192.0.2.8")
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(behind.held("192.0.2.7"))
        wait_until(
            lambda: behind.told(behind.node_port, BALANCER, mine) == "", lambda: "one visitor had more than its share", 4
        )
        assert behind.told(behind.node_port, BALANCER, other) == "192.0.2.8"
        assert behind.told(behind.port, PATIENT) == PATIENT
    wait_until(lambda: behind.told(behind.node_port, BALANCER, mine) != "", lambda: "the room didn't come back", 15)
