"""One client never takes all connections, and of IPv6 a whole /64 is one client: with real connections at each front."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import BadStatusLine
from pathlib import Path
from socket import create_connection, socket
from ssl import SSLError

import pytest

from tests.integration.proxies.client import context, read, request
from tests.integration.proxies.fronts import embedded, running_proxy, wait_until, write_configuration
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import PUBLIC_HOST

pytestmark = pytest.mark.slow

CLONE_NEWNET = 0x40000000
CLOSED_UNANSWERED, TOO_MANY = 0, 429
ONE_NETWORK, ITS_NEIGHBOUR = ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), "2001:db8:0:2::1"
"""The neighbour differs in the last bit of its /64."""


@dataclass(frozen=True)
class Limited:
    """A front that takes ``most`` connections from one client; ``served`` is the status of its first page."""

    port: int
    most: int
    served: int
    whole_head: bool
    """Whether only connections that have sent one are counted."""

    def connection(self, source: str) -> socket:
        """From this address, to the same machine."""
        server = "::1" if ":" in source else "127.0.0.1"
        return create_connection((server, self.port), timeout=20, source_address=(source, 0))

    def held(self, source: str) -> socket:
        """A connection that stays: silent, or in the middle of a body."""
        plain = self.connection(source)
        if not self.whole_head:
            return plain
        sock = context().wrap_socket(plain, server_hostname=PUBLIC_HOST)
        sock.sendall(request("POST", "/en/feedback", f"{PUBLIC_HOST}:{self.port}", body=b"a" * 1000)[:-900])
        return sock

    def answer(self, source: str) -> int:
        """The status that somebody at this address gets."""
        with ExitStack() as stack:
            stack.enter_context(suppress(ConnectionError, SSLError, BadStatusLine))
            plain = stack.enter_context(self.connection(source))
            sock = stack.enter_context(context().wrap_socket(plain, server_hostname=PUBLIC_HOST))
            sock.sendall(request("GET", "/en/", f"{PUBLIC_HOST}:{self.port}"))
            return read(sock).status
        return CLOSED_UNANSWERED


@contextmanager
def limited(name: str, country: Country, directory: Path) -> Iterator[Limited]:
    """A proxy on its own (its page for "away" tells that it let somebody in), or the embedded server as `serve` makes it."""
    if name == "embedded":
        port = free_port()
        changes = {
            "PUBLIC_LISTEN": f"[::]:{port}",
            "PUBLIC_ORIGIN": f"https://{PUBLIC_HOST}:{port}",
            "LISTEN_BEYOND_LOOPBACK": "yes",
        }
        with embedded(country, directory, {f"WEBVARTTI_{setting}": value for setting, value in changes.items()}):
            yield Limited(port, 128, 200, whole_head=False)
        return
    port, most = free_port(), 1000
    (directory / "log").mkdir()
    into = write_configuration(name, country, directory, port, "--listen", f"[::]:{port}")
    if name == "nginx":  # it counts whole heads only: fewer of them, or the handshakes take longer than they may be held
        most = 40
        written = into / "nginx.conf"
        text, count = re.subn("limit_conn connections 1000;", f"limit_conn connections {most};", written.read_text())
        assert count == 1
        written.write_text(text)
    with running_proxy(name, into, port):
        yield Limited(port, most, 503, whole_head=name == "nginx")


def on_a_network_of_its_own(work: Callable[[], None]) -> None:
    """In a thread that sees only a loopback, with the addresses above; what it starts sees the same."""

    def run() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            pytest.skip(f"no network of its own: {os.strerror(ctypes.get_errno())}")
        commands = [f"address add {address}/128 dev lo" for address in (*ONE_NETWORK, ITS_NEIGHBOUR)]
        for command in ("link set lo up", *commands):
            done = subprocess.run(["/usr/sbin/ip", *command.split()], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"no IPv6 here: {done.stderr}")
        work()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def one_takes_its_share(front: Limited, mine: tuple[str, ...], others: tuple[str, ...]) -> None:
    """All that one client may have, from each of its addresses in turn; then nothing for it, and everything for the others."""
    refused = {TOO_MANY if front.whole_head else CLOSED_UNANSWERED}
    assert front.answer(mine[0]) == front.served
    with ExitStack() as stack:
        many = [stack.enter_context(front.held(mine[number % len(mine)])) for number in range(front.most)]

        def full() -> bool:
            """What is let in before the last of ``many`` has been accepted costs that one its place: another takes it."""
            if front.answer(mine[-1]) in refused:
                return True
            with suppress(ConnectionError):
                many.append(stack.enter_context(front.held(mine[-1])))
            return False

        wait_until(full, lambda: "one client had more than its share", 4)
        assert len(many) < front.most * 1.1
        assert {front.answer(address) for address in mine} == refused
        assert {front.answer(address) for address in others} == {front.served}
        for sock in many[:2]:
            sock.close()
        wait_until(lambda: front.answer(mine[0]) == front.served, lambda: "the room didn't come back", 4)


@pytest.mark.parametrize("name", ["haproxy", "nginx", "embedded"])
def test_a22_an_ipv4_address_is_one_client(furnished: Country, tmp_path: Path, name: str) -> None:
    with limited(name, furnished, tmp_path) as front:
        one_takes_its_share(front, ("127.0.0.1",), ("127.0.0.2",))


@pytest.mark.parametrize("name", ["haproxy", "nginx", "embedded"])
def test_a22_a_network_of_ipv6_is_one_client(furnished: Country, tmp_path: Path, name: str) -> None:
    def share() -> None:
        with limited(name, furnished, tmp_path) as front:
            one_takes_its_share(front, ONE_NETWORK, (ITS_NEIGHBOUR, "127.0.0.1"))

    on_a_network_of_its_own(share)
