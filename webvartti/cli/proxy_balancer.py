"""The balancer in front of several nodes: what is particular to it, checked as for any other configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from webvartti.cli.proxy_template import HostName, listen_address, only_family

HEALTH = "/health/ready"
"""What the balancer asks each node for, at both hosts."""

_NODE = re.compile(r"([a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)=(.+)")


@dataclass(frozen=True, slots=True)
class Node:
    """One of several machines that serve; ``address`` is that of its own proxy, ADDRESS:PORT."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Balancer:
    """What is particular to one balancer. ``authorities`` is the PEM file of the CAs of the nodes' server certificates."""

    public: HostName
    card: HostName
    nodes: tuple[Node, ...]
    listens: tuple[str, ...]
    authorities: Path
    admin_socket: Path
    user: str
    group: str
    log: Path

    def values(self) -> dict[str, str]:
        """By placeholder."""
        return {
            "public_name": self.public.name,
            "public_port": str(self.public.port),
            "card_name": self.card.name,
            "card_port": str(self.card.port),
            "balancer_binds": "\n    ".join(f"bind {listen}{only_family(listen)}" for listen in self.listens),
            "balancer_servers": "\n    ".join(f"server {node.name} {node.address}" for node in self.nodes),
            "authorities": str(self.authorities),
            "admin_socket": str(self.admin_socket),
            "health": HEALTH,
            "proxy_user": self.user,
            "proxy_group": self.group,
            "log": str(self.log),
        }


def node(given: str) -> Node:
    """NAME=ADDRESS:PORT. Raises click.BadParameter."""
    found = _NODE.fullmatch(given.lower())
    if found is None:
        raise click.BadParameter(f"{given!r} isn't a name and an address such as a=192.0.2.11:443")
    return Node(found[1], listen_address(found[2]))


def demand_different(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes again; a name or an address that stands twice would be a node that isn't there. Raises click.UsageError."""
    given = tuple(nodes)
    if len({each.name for each in given}) < len(given) or len({each.address for each in given}) < len(given):
        raise click.UsageError("Each --node needs a name and an address of its own.")
    return given
