"""What the balancer lets through, whom it takes for fit, and what it writes down."""

from __future__ import annotations

import re
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.nodes.cluster import BALANCER, SOCKETS, Admin, Cluster, write_balancer
from tests.integration.proxies.client import ask, connect, context, request
from tests.integration.proxies.fronts import running_proxy, wait_until, write_configuration
from tests.integration.proxies.test_what_goes_through import listening
from tests.ports import free_port
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST
from webvartti.doctor.attack import attack
from webvartti.domain.deployment import Deployment
from webvartti.domain.health import Verdict


def test_a20_only_our_two_names_come_through(cluster: Cluster) -> None:
    port = cluster.front.public_port
    for name in (PUBLIC_HOST, PUBLIC_HOST.upper(), CARD_HOST):
        assert ask(port, name, request("GET", "/health", f"{name.lower()}:{port}")).status == 200
    before = cluster.admin.served("public"), cluster.admin.served("card")
    for stranger in ("other.example", f"x.{PUBLIC_HOST}", f"{PUBLIC_HOST}.example", None):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connect(port, stranger).close()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert plain.recv(4096) == b""
    assert (cluster.admin.served("public"), cluster.admin.served("card")) == before


def client_hello(name: str) -> bytes:
    """The first message of a handshake."""
    outgoing = ssl.MemoryBIO()
    handshake = context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


def test_a22_a_handshake_that_drips_is_cut_before_it_reaches_a_node(cluster: Cluster) -> None:
    hello, started = client_hello(PUBLIC_HOST), time.monotonic()
    before = cluster.admin.served("public")
    with socket.create_connection(("127.0.0.1", cluster.front.public_port), timeout=10) as plain:
        plain.settimeout(0.5)
        ended = False
        for byte in hello:
            try:
                plain.sendall(bytes([byte]))
                ended = plain.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True
            if ended:
                break
        assert ended
        assert 4 < time.monotonic() - started < 8
    assert cluster.admin.served("public") == before


def test_a22_a_handshake_in_two_pieces_is_none_the_worse(cluster: Cluster) -> None:
    hello = client_hello(PUBLIC_HOST)
    with socket.create_connection(("127.0.0.1", cluster.front.public_port), timeout=10) as plain:
        plain.sendall(hello[:70])
        time.sleep(0.3)
        plain.sendall(hello[70:])
        assert plain.recv(1) == b"\x16"  # the server's part of the handshake


def test_a_node_is_taken_out_and_in_without_anybody_noticing(cluster: Cluster) -> None:
    first, other = cluster.nodes
    person = cluster.person("bjorn")
    person.signed_in()
    cluster.admin.put(first.name, "drain")
    try:
        cluster.admin.wait_for(first.name, "DRAIN")
        had = cluster.admin.served("public")
        assert [person.public("GET", "/en/orders").status for _ in range(6)] == [200] * 6
        now = cluster.admin.served("public")
        assert (now[first.name] - had[first.name], now[other.name] - had[other.name]) == (0, 6)
    finally:
        cluster.admin.put(first.name, "ready")
    cluster.admin.wait_for(first.name, "UP")
    assert [person.public("GET", "/en/orders").status for _ in range(6)] == [200] * 6
    assert cluster.admin.served("public")[first.name] > had[first.name]


def test_only_root_can_take_nodes_out(cluster: Cluster) -> None:
    status = cluster.admin.socket.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o600, 0) or status.st_uid != 0


def test_a33_the_balancer_writes_down_nothing_about_anybody(cluster: Cluster) -> None:
    person = cluster.person("aino")
    person.source = "127.0.0.7"
    person.signed_in()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(cluster.front.public_port, "canary.example").close()
    wait_until(lambda: bool(re.search(r"visitors public/[ab] ", cluster.front.logs())), cluster.front.logs)
    secrets = [morsel.value for morsel in person.cookies.values() if len(morsel.value) > 8]
    assert secrets
    for canary in (*secrets, "127.0.0.", "canary", cluster.front.country.card("aino").name):
        assert canary not in cluster.front.logs(), canary


@pytest.mark.slow
def test_a06_the_whole_cluster_passes_the_doctor(cluster: Cluster) -> None:
    country = cluster.front.country
    der = x509.load_pem_x509_certificate(country.card("aino").chosen_pem.read_bytes()).public_bytes(Encoding.DER)
    deployment = Deployment(cluster.front.public_origin, "", der, BALANCER, country.directory / "server" / "ca.pem")
    found = list(attack(deployment, lambda: datetime.now(UTC)))
    assert {each.name: each.detail for each in found if each.verdict is Verdict.FAIL} == {}
    assert len(found) == 33
    assert {row["status"] for row in cluster.admin.servers().values()} == {"UP"}


@dataclass(frozen=True)
class Checked:
    """A node as the balancer checks it: with these options, this change of its configuration, and an application or none."""

    options: tuple[str, ...] = ()
    change: tuple[str, str] = ("", "")
    application: bool = True


@contextmanager
def checking(country: Country, directory: Path, checked: Checked) -> Iterator[Admin]:
    """The application of the one node answers 200 to everything."""
    port, node_port = free_port(), free_port()
    (directory / "log").mkdir()
    into = write_configuration("haproxy", country, directory, port, "--balancer", BALANCER, listen=node_port)
    options = [word.format(country=country.directory) for word in checked.options]
    balancer = write_balancer(country, directory, port, [("a", node_port)], *options)
    written = balancer / "haproxy.cfg"
    text = written.read_text()
    assert checked.change[0] in text
    written.write_text(text.replace(*checked.change))
    with ExitStack() as stack:
        for name in SOCKETS if checked.application else ():
            stack.enter_context(listening(directory / name, []))
        stack.enter_context(running_proxy("haproxy", into, node_port))
        stack.enter_context(running_proxy("haproxy", balancer, port))
        yield Admin(directory / "admin.sock")


@pytest.mark.parametrize(
    ("checked", "status", "found"),
    [
        (Checked(), "UP", "L7OK"),
        (Checked(application=False), "DOWN", "L7STS"),
        (Checked(options=("--ca", "{country}/ca/root-rsa.pem")), "DOWN", "L6RSP"),
        (Checked(change=(f"check-sni {PUBLIC_HOST}", "check-sni other.example")), "DOWN", "L6RSP"),
        (Checked(change=(" send-proxy-v2 ", " ")), "DOWN", "L6"),
    ],
    ids=["fit", "no application", "another CA", "another name", "says not whose connection it is"],
)
def test_a43_a_node_is_out_for_what_a_visitor_would_meet(
    furnished: Country, tmp_path: Path, checked: Checked, status: str, found: str
) -> None:
    with checking(furnished, tmp_path, checked) as admin:

        def told() -> tuple[str, str]:
            row = admin.servers()["public", "a"]
            return row["status"], row["check_status"]

        wait_until(lambda: told()[0] == status and told()[1].startswith(found), lambda: str(told()), 12)
