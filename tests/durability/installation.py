"""A real installation that can be killed: gunicorn twice from the units, the worker and HAProxy, on one node or two."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from random import Random
from socket import socket
from subprocess import DEVNULL, Popen

from tests.conftest import furnish
from tests.databases import Cluster, Server, running_cluster
from tests.durability.processes import Keeper, Kept
from tests.integration.proxies.client import ask, request
from tests.integration.proxies.fronts import (
    PROGRAMS,
    Front,
    prepare,
    system_log,
    wait_until,
    write_configuration,
)
from tests.integration.proxies.units import listen, start_service
from tests.ports import free_port
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST
from webvartti.services import Services

PROCESSES = "2"
"""Of gunicorn, a listener: so that one that dies isn't all there is."""


@dataclass(frozen=True)
class Node:
    """One machine."""

    name: str
    directory: Path
    port: int
    public: Kept
    card: Kept
    mail: Kept
    proxy: Kept

    @property
    def programs(self) -> tuple[Kept, ...]:
        return self.public, self.card, self.mail, self.proxy


@dataclass(frozen=True)
class Running:
    """``front`` is what visitors see; they reach it at any of the nodes. ``cluster`` is None with SQLite."""

    front: Front
    nodes: tuple[Node, ...]
    keeper: Keeper
    cluster: Cluster | None

    def somewhere(self, random: Random) -> int:
        """The port of one of the nodes."""
        return random.choice(self.nodes).port

    def is_well(self, node: Node) -> bool:
        """Both hosts answer there, the database too, and the worker runs."""
        asked = ((PUBLIC_HOST, "/health"), (CARD_HOST, "/sign-in"))
        with suppress(OSError, HTTPException):
            sent = [(host, request("GET", path, f"{host}:{self.front.public_port}")) for host, path in asked]
            return node.mail.is_running() and all(ask(node.port, host, each).status == 200 for host, each in sent)
        return False

    def wait_until_well(self, seconds: float = 60.0) -> None:
        for node in self.nodes:
            wait_until(partial(self.is_well, node), lambda: f"{self.front.directory}: not well\n{self.logs()[-3000:]}", seconds)

    def services(self) -> Services:
        """The same installation in this process."""
        return build_services(load_settings(self.front.environ))

    def logs(self) -> str:
        """Of every node."""
        files = [file for node in self.nodes for file in sorted((node.directory / "log").iterdir())]
        return "".join(f"--- {file}\n{file.read_text(errors='replace')}" for file in files)


def _start_proxy(into: Path) -> Popen[bytes]:
    command = [str(into / word) if word.endswith(".cfg") else word for word in PROGRAMS["haproxy"]]
    with (into / "output").open("ab") as log:
        return Popen(command, cwd=into, stdin=DEVNULL, stdout=log, stderr=log)


def _configure_proxy(front: Front, directory: Path, port: int) -> Path:
    """For the one name and port that visitors know, listening at the node's own."""
    into = write_configuration("haproxy", front.country, directory, front.public_port)
    file = into / "haproxy.cfg"
    text = file.read_text()
    assert text.count(f"bind 127.0.0.1:{front.public_port} ") == 1
    file.write_text(text.replace(f"bind 127.0.0.1:{front.public_port} ", f"bind 127.0.0.1:{port} "))
    return into


def _start_node(front: Front, name: str, keeper: Keeper, stack: ExitStack, machine: Mapping[str, str]) -> Node:
    """``machine`` are variables of its processes beside the settings. Sockets stay while services come and go."""
    directory, port = front.directory / name, free_port()
    (directory / "log").mkdir(parents=True)
    stack.enter_context(system_log(directory))
    environ = {"PATH": os.environ["PATH"], "WEB_CONCURRENCY": PROCESSES, **front.environ, **machine}

    def keep(service: str, listening: socket | None = None) -> Kept:
        output = directory / "log" / service
        return keeper.keep(f"{service} at {name}", partial(start_service, service, environ, listening, output))

    public, card = (stack.enter_context(listen(each, directory)) for each in ("webvartti-public", "webvartti-card"))
    into = _configure_proxy(front, directory, port)
    return Node(
        name,
        directory,
        port,
        keep("webvartti-public", public),
        keep("webvartti-card", card),
        keep("webvartti-worker"),
        keeper.keep(f"haproxy at {name}", partial(_start_proxy, into)),
    )


@contextmanager
def running(
    country: Country,
    directory: Path,
    *,
    cluster: Cluster | None = None,
    changes: Mapping[str, str] | None = None,
    machines: Sequence[Mapping[str, str]] = ({},),
) -> Iterator[Running]:
    """As many nodes as there are ``machines``: variables of their processes. ``changes`` are settings of all of them."""
    front = prepare("haproxy", country, directory, changes)
    if cluster is not None:
        url = Server(cluster.address("postgres"), cluster.url("postgres")).create()
        front.environ["WEBVARTTI_DATABASE_URL"] = url
        aside = {f"WEBVARTTI_{name}_DIRECTORY": str(directory / "aside" / name) for name in ("REGISTER", "REVOCATION")}
        furnish(country, {**front.environ, **aside})
    with ExitStack() as stack:
        keeper = stack.enter_context(Keeper())
        nodes = tuple(_start_node(front, name, keeper, stack, each) for name, each in zip("ab", machines, strict=False))
        found = Running(front, nodes, keeper, cluster)
        found.wait_until_well()
        try:
            yield found
        finally:
            keeper.end_all()


@contextmanager
def durable_cluster(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A PostgreSQL of the test's own, as durable as it comes. Not below pytest's folder, which lets only its owner in."""
    with tempfile.TemporaryDirectory(prefix="webvartti-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with running_cluster(Path(folder) / "cluster", settings or {}) as cluster:
            yield cluster
