"""What is done to an installation: SIGKILL at random moments, and processes that stand still for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP

from tests.databases import Cluster
from tests.durability.installation import Node, Running
from tests.durability.processes import Kept, children, is_alive, send

PAUSE = "standstill"


def chance(seed: str) -> Random:
    """The same seed leads to the same."""
    return Random(seed)  # noqa: S311 - what dies when is no secret


@contextmanager
def away(path: Path) -> Iterator[None]:
    """A file or folder under another name for the time being."""
    other = path.with_name(f"{path.name}.away")
    path.rename(other)
    try:
        yield
    finally:
        other.rename(path)


@dataclass(frozen=True)
class Fault:
    """What was done where; ``recovery`` is how many seconds passed until everything was well again."""

    kind: str
    where: str
    recovery: float


def kill_server(cluster: Cluster) -> None:
    """The postmaster and all its children at once: what a machine that loses its power leaves behind, save the page cache."""
    pids = [cluster.pid, *children(cluster.pid)]
    for pid in pids:
        send(pid, SIGKILL)
    cluster.reap()
    until = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < until, "killed processes of PostgreSQL stay"
        time.sleep(0.01)


def backends(cluster: Cluster) -> list[int]:
    """The server's processes that work for somebody."""
    found = []
    for pid in children(cluster.pid):
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"webvartti" in title:
            found.append(pid)
    return found


@dataclass
class Chaos:
    """``random`` chooses what dies, where and when; the same seed chooses the same."""

    running: Running
    random: Random
    faults: list[Fault] = field(default_factory=list)
    _struck_at: float = 0.0
    _kinds: dict[str, tuple[int, Callable[[Node], bool]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kinds = {
            "application process": (8, self._process),
            "application, its processes left alone": (3, lambda node: self._program(self._application(node), alone=True)),
            "application with its processes": (2, lambda node: self._program(self._application(node))),
            "mail worker": (4, lambda node: self._program(node.mail)),
            "proxy": (3, lambda node: self._program(node.proxy)),
            "whole node": (1, self._node),
            PAUSE: (4, self._standstill),
        }
        if self.running.cluster is not None:
            self._kinds |= {"database process": (4, self._backend), "database server": (4, self._server)}

    @property
    def kills(self) -> int:
        return sum(fault.kind != PAUSE for fault in self.faults)

    def strike(self) -> None:
        """Wait a moment, do one thing, sometimes a second one at once, and wait until all is well again."""
        time.sleep(self.random.uniform(0.05, 0.7))
        done = [self._one()]
        if self.random.random() < 0.2:
            time.sleep(self.random.uniform(0, 0.3))
            done.append(self._one())
        self.running.wait_until_well()
        recovery = time.monotonic() - self._struck_at
        self.faults += [Fault(kind, where, recovery) for kind, where in done if kind]

    def _one(self) -> tuple[str, str]:
        kinds = list(self._kinds)
        (kind,) = self.random.choices(kinds, [self._kinds[each][0] for each in kinds])
        node = self.random.choice(self.running.nodes)
        self._struck_at = time.monotonic()
        return (kind, node.name) if self._kinds[kind][1](node) else ("", "")

    def _application(self, node: Node) -> Kept:
        """The public host does most of the work."""
        return node.public if self.random.random() < 0.75 else node.card

    def _process(self, node: Node) -> bool:
        pids = self._application(node).processes
        return bool(pids) and send(self.random.choice(pids), SIGKILL)

    def _program(self, kept: Kept, *, alone: bool = False) -> bool:
        self.running.keeper.kill(kept, with_children=not alone)
        return True

    def _node(self, node: Node) -> bool:
        return all(self._program(kept) for kept in node.programs)

    def _standstill(self, node: Node) -> bool:
        pids = [kept.pid for kept in node.programs] + node.public.processes
        if self.running.cluster is not None:
            pids += backends(self.running.cluster)
        pid = self.random.choice(pids)
        if not send(pid, SIGSTOP):
            return False
        time.sleep(self.random.uniform(0.3, 2.5))
        send(pid, SIGCONT)
        self._struck_at = time.monotonic()
        return True

    def _backend(self, node: Node) -> bool:
        cluster = self.running.cluster
        pids = backends(cluster) if cluster is not None else []
        return bool(pids) and send(self.random.choice(pids), SIGKILL)

    def _server(self, node: Node) -> bool:
        cluster = self.running.cluster
        assert cluster is not None
        kill_server(cluster)
        time.sleep(self.random.uniform(0, 0.5))
        cluster.start()
        return True
