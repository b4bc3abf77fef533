"""A node whose places are all taken still says that it is fit, to the balancer alone: it is busy, not broken."""

from __future__ import annotations

import re
import socketserver
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.integration.nodes.cluster import BALANCER, SOCKETS
from tests.integration.nodes.test_balancer_addresses import Behind, claim
from tests.integration.proxies.client import read, request
from tests.integration.proxies.fronts import running_proxy, write_configuration
from tests.integration.proxies.test_proxy_config import MAIN_FILES
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import PUBLIC_HOST

pytestmark = pytest.mark.slow

PLACES = 24
"""Of each host, for people with a session; nginx ships with more, and gets as many here."""

OF_ITS_OWN = b"PROXY UNKNOWN\r\n"
"""What a balancer says first of a connection that is nobody else's."""


@contextmanager
def answering_health_alone(place: Path) -> Iterator[None]:
    """An application whose every thread is busy, until the end of the block."""
    over = Event()

    class Busy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if " /health" not in self.rfile.readline().decode():
                over.wait()
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    class Application(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        request_queue_size = 128

    with Application(str(place), Busy) as server:
        place.chmod(0o666)
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        over.set()
        server.shutdown()


@pytest.fixture(params=["haproxy", "nginx"])
def full(request: pytest.FixtureRequest, furnished: Country, tmp_path: Path) -> Iterator[Behind]:
    """A node whose places are all taken by one visitor."""
    (tmp_path / "log").mkdir()
    port = free_port()
    into = write_configuration(request.param, furnished, tmp_path, port, "--balancer", BALANCER)
    written = into / MAIN_FILES[request.param]
    written.write_text(re.sub("max_conns=512", f"max_conns={PLACES}", written.read_text()))
    with ExitStack() as stack:
        for name in SOCKETS:
            stack.enter_context(answering_health_alone(tmp_path / name))
        stack.enter_context(running_proxy(request.param, into, port))
        node = Behind(request.param, port, port, [])
        for _ in range(PLACES + 1):
            sock = stack.enter_context(node.connection(port, BALANCER, claim("192.0.2.7")))
            sock.sendall(asking(node, "/en/card", b"Cookie: __Host-session=" + b"x" * 43))
        yield node


def asking(node: Behind, path: str, *lines: bytes) -> bytes:
    return request("GET", path, f"{PUBLIC_HOST}:{node.port}", lines)


def test_a_full_node_is_fit(full: Behind) -> None:
    time.sleep(0.5)  # the last of them has got there
    for path in ("/health", "/health/ready"):
        with full.connection(full.port, BALANCER, OF_ITS_OWN) as sock:
            sock.settimeout(4)  # the balancer waits for 5
            sock.sendall(asking(full, path))
            assert read(sock).status == 200
    with full.connection(full.port, BALANCER, claim("192.0.2.8")) as sock:
        sock.settimeout(20)
        sock.sendall(asking(full, "/health"))
        assert read(sock).status == 503, "a visitor has a place that is the balancer's"
