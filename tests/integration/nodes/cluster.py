"""Two whole nodes and a balancer on this machine, from the files that ship, over one database."""

from __future__ import annotations

import csv
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import Popen

from click.testing import CliRunner

from tests.integration.proxies.client import Person, ask, request
from tests.integration.proxies.fronts import (
    ACCOUNT,
    GROUP,
    Front,
    prepare,
    running_proxy,
    system_log,
    wait_until,
    write_configuration,
)
from tests.integration.proxies.units import running_service
from tests.ports import free_port
from webvartti.cli.proxy_balancer import HEALTH
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST
from webvartti.main import main

BALANCER, VISITOR = "127.0.0.1", "127.0.0.2"
"""Whom the nodes believe whose connection it is, and somebody who comes to a node past the balancer."""

SOCKETS = ("public.sock", "card.sock")


@dataclass
class Node:
    """One machine: gunicorn twice, from the units, and the proxy beside it. ``machine`` are variables of its processes."""

    name: str
    front: Front
    port: int
    machine: Mapping[str, str] = field(default_factory=dict)
    _running: list[Popen[bytes]] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Until it is fit, as it says itself."""
        directory = self.front.directory
        for name in SOCKETS:
            (directory / name).unlink(missing_ok=True)  # a machine that starts has none
        environ = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "1", **self.front.environ, **self.machine}
        for service in ("webvartti-public", "webvartti-card"):
            output = directory / "log" / service
            self._running.append(self._stack.enter_context(running_service(service, environ, directory, output)))
        self._running.append(self._stack.enter_context(running_proxy("haproxy", directory / "haproxy", self.port)))
        wait_until(self.is_fit, self.front.logs)

    def is_fit(self) -> bool:
        """As a balancer asks, past the balancer."""
        sent = [(host, request("GET", HEALTH, f"{host}:{self.front.public_port}")) for host in (PUBLIC_HOST, CARD_HOST)]
        with suppress(OSError):
            return [ask(self.port, host, bytes_, source=VISITOR).status for host, bytes_ in sent] == [200, 200]
        return False

    def freeze(self) -> None:
        """What is sent to the application from now on is accepted and not looked at."""
        for process in self._running[:2]:
            for pid in (process.pid, *children(process.pid)):
                os.kill(pid, signal.SIGSTOP)

    def kill(self) -> None:
        """SIGKILL for all that runs on it, the proxy first: a machine that loses its power."""
        for process in reversed(self._running):
            os.kill(process.pid, signal.SIGSTOP)  # so that it starts no others meanwhile
            for pid in (*children(process.pid), process.pid):
                os.kill(pid, signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """End what still runs, in order."""
        self._stack.close()
        self._running.clear()


def children(pid: int) -> list[int]:
    """The processes that it has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass(frozen=True)
class Admin:
    """The balancer as root sees it, through its socket."""

    socket: Path

    def command(self, text: str) -> str:
        """What it answers, once it is there."""
        wait_until(self.socket.exists, lambda: f"no {self.socket}", 20)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.socket))
            sock.sendall(f"{text}\n".encode())
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        return answer.decode()

    def servers(self) -> dict[tuple[str, str], dict[str, str]]:
        """The statistics of each node in each backend, by (backend, node)."""
        rows = csv.DictReader(self.command("show stat").removeprefix("# ").splitlines())
        return {(row["pxname"], row["svname"]): row for row in rows if row["svname"] not in ("FRONTEND", "BACKEND")}

    def served(self, backend: str) -> dict[str, int]:
        """How many connections each node has had."""
        return {name: int(row["stot"]) for (of, name), row in self.servers().items() if of == backend}

    def wait_for(self, node: str, status: str) -> None:
        """Until it takes the node for "UP", "DOWN" or "DRAIN" in both backends."""

        def told() -> bool:
            return {row["status"] for (_, name), row in self.servers().items() if name == node} == {status}

        wait_until(told, lambda: str({of: (row["status"], row["last_chk"]) for of, row in self.servers().items()}))

    def put(self, node: str, state: str) -> None:
        """As docs/deployment.md tells an operator to: "drain" or "ready"."""
        told = self.command("; ".join(f"set server {backend}/{node} state {state}" for backend in ("public", "card")))
        assert told.strip() == "", told


@dataclass(frozen=True)
class Cluster:
    """Several nodes behind one balancer. ``front`` is what visitors see of it."""

    front: Front
    nodes: tuple[Node, ...]
    admin: Admin

    def person(self, slug: str, at: Node | None = None) -> Person:
        """Somebody with this demo card, behind the balancer or at one node."""
        return self.visitor(self.front.country.card(slug).chosen_pem, at)

    def visitor(self, card: Path, at: Node | None = None) -> Person:
        """The same with a card's file."""
        person = Person(self.front, card)
        move(person, at)
        return person

    def logs(self) -> str:
        """Of the balancer and of all nodes."""
        return self.front.logs() + "".join(node.front.logs() for node in self.nodes)


def move(person: Person, at: Node | None) -> None:
    """The person's next requests go to this node, or to the balancer."""
    person.past, person.source = (at.port, VISITOR) if at else (None, BALANCER)


def write_balancer(country: Country, directory: Path, port: int, nodes: Sequence[tuple[str, int]], *more: str) -> Path:
    """`webvartti proxy-config balancer`; the folder that it wrote."""
    into = directory / "balancer"
    hosts = ["--public-host", f"{PUBLIC_HOST}:{port}", "--card-host", f"{CARD_HOST}:{port}"]
    servers = [word for name, at in nodes for word in ("--node", f"{name}=127.0.0.1:{at}")]
    paths = ["--ca", country.directory / "server" / "ca.pem", "--admin-socket", directory / "admin.sock", "--into", into]
    account = ["--proxy-user", ACCOUNT, "--proxy-group", GROUP, "--log", directory / "syslog"]
    words = ["proxy-config", "balancer", *hosts, *servers, *paths, *account, "--listen", f"127.0.0.1:{port}", *more]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return into


def make_node(
    name: str, country: Country, directory: Path, port: int, settings: Mapping[str, str], machine: Mapping[str, str]
) -> Node:
    """Its own files and settings. What nodes share is in ``settings``; ``port`` is the balancer's."""
    directory.mkdir()
    origins = {
        "WEBVARTTI_PUBLIC_ORIGIN": f"https://{PUBLIC_HOST}:{port}",
        "WEBVARTTI_CARD_ORIGIN": f"https://{CARD_HOST}:{port}",
    }
    front = replace(prepare("haproxy", country, directory, {**origins, **settings}), public_port=port, card_port=port)
    own = free_port()
    trust = front.environ["WEBVARTTI_TRUST_FILE"]
    write_configuration("haproxy", country, directory, port, "--balancer", BALANCER, "--trust", trust, listen=own)
    return Node(name, front, own, machine)


@contextmanager
def running_cluster(
    country: Country,
    directory: Path,
    database_url: str,
    changes: Mapping[str, str] | None = None,
    machines: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[Cluster]:
    """Nodes "a" and "b". ``changes`` are settings of both, ``machines`` variables of one node by its name."""
    settings, port = {"WEBVARTTI_DATABASE_URL": database_url, **(changes or {})}, free_port()
    nodes = tuple(
        make_node(name, country, directory / name, port, settings, (machines or {}).get(name, {})) for name in ("a", "b")
    )
    front = replace(nodes[0].front, name="balancer", directory=directory)
    (directory / "log").mkdir()
    into = write_balancer(country, directory, port, [(node.name, node.port) for node in nodes])
    with ExitStack() as stack:
        for node in nodes:
            stack.enter_context(system_log(node.front.directory))
            stack.callback(node.stop)
            node.start()
        stack.enter_context(system_log(directory))
        stack.enter_context(running_proxy("haproxy", into, port))
        cluster = Cluster(front, nodes, Admin(directory / "admin.sock"))
        for node in nodes:
            cluster.admin.wait_for(node.name, "UP")
        yield cluster
