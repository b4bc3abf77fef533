"""A proxy's configuration out of its template. What goes in is checked first: a stray blank or brace would be configuration."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path

import click

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({_LABEL}(?:\.{_LABEL})+)(?::([0-9]{{1,5}}))?")
_LISTEN = re.compile(r"([0-9.]+|\[[0-9a-f:]+\]):([0-9]{1,5})")
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._/+-]*")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_PLACEHOLDER = re.compile(r"@([a-z0-9_]+)@")

HTTPS_PORT = 443
LARGEST_PORT = 65535
_WIDEST = {4: 24, 6: 64}
"""Bits of the widest network that balancers may be said to stand in, by the version of IP."""


@dataclass(frozen=True, slots=True)
class HostName:
    """A host name in lower case and the port that browsers use."""

    name: str
    port: int = HTTPS_PORT


@dataclass(frozen=True, slots=True)
class Front:
    """What is particular to one proxy in front of one node.

    ``into`` is where its files will lie when it starts; ``balancers`` are the networks that a balancer connects from.
    """

    public: HostName
    card: HostName
    certificate: Path
    card_certificate: Path
    sockets: Path
    listens: tuple[str, ...]
    user: str
    group: str
    log: Path
    card_tls12_only: bool
    into: Path
    balancers: tuple[str, ...] = ()

    def values(self) -> dict[str, str]:
        """By placeholder."""
        return {
            "public_name": self.public.name,
            "public_port": str(self.public.port),
            "card_name": self.card.name,
            "card_port": str(self.card.port),
            "certificate": str(self.certificate),
            "card_certificate": str(self.card_certificate),
            "card_issuers": str(self.into / ISSUERS),
            "card_trust": str(self.into / TRUST),
            "card_newest_tls": "TLSv1.2" if self.card_tls12_only else "TLSv1.3",
            "nginx_protocols": "TLSv1.2" if self.card_tls12_only else "TLSv1.2 TLSv1.3",
            "sockets": str(self.sockets),
            "proxy_user": self.user,
            "proxy_group": self.group,
            "log": str(self.log),
            "into": str(self.into),
            "unavailable": str(self.into / UNAVAILABLE),
            "busy": str(self.into / BUSY),
            "haproxy_binds": "\n    ".join(self._bind(listen) for listen in self.listens),
            "haproxy_balancers": f"src {' '.join(self.balancers)}" if self.balancers else "always_false",
            "nginx_listens": "\n        ".join(f"listen {listen} {self._nginx_kind};" for listen in self.listens),
            "nginx_default_listens": "\n        ".join(
                f"listen {listen} {self._nginx_kind} default_server;" for listen in self.listens
            ),
            "nginx_balancers": self._nginx_balancers(),
            "nginx_balancer_addresses": "\n        ".join(f"{network} balancer;" for network in self.balancers)
            or "# None stands in front.",
        }

    def _bind(self, listen: str) -> str:
        tls = f"ssl crt-list {self.into / HAPROXY_HOSTS} alpn http/1.1 crt-ignore-err 9,10,26"
        return f"bind {listen}{only_family(listen)} {tls}"

    @property
    def _nginx_kind(self) -> str:
        return "ssl proxy_protocol" if self.balancers else "ssl"

    def _nginx_balancers(self) -> str:
        if not self.balancers:
            return "# None stands in front."
        believed = [f"set_real_ip_from {network};" for network in self.balancers]
        return "\n    ".join([*believed, "real_ip_header proxy_protocol;"])


HAPROXY_HOSTS = "haproxy-hosts.conf"
UNAVAILABLE, BUSY = "unavailable.html", "busy.html"
ISSUERS, TRUST = "card-issuers.pem", "card-trust.pem"


def page_policy(page: str) -> str:
    """The Content-Security-Policy under which a page of the proxy's own shows its one style, and nothing else."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    return f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


def only_family(listen: str) -> str:
    """What HAProxy must be told of an IPv6 address, or it would take the IPv4 one as well."""
    return " v6only" if listen.startswith("[") else ""


def render(template: str, values: Mapping[str, str]) -> str:
    """The template with every ``@placeholder@`` replaced; a KeyError names one that the template only knows."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def host_name(given: str) -> HostName:
    """NAME or NAME:PORT. Raises click.BadParameter."""
    found = _HOST.fullmatch(given.lower())
    if found is None or len(found[1]) > 253 or not 0 < int(found[2] or HTTPS_PORT) <= LARGEST_PORT:
        raise click.BadParameter(f"{given!r} isn't a host name such as webvartti.example.fi or webvartti.example.fi:8443")
    return HostName(found[1], int(found[2] or HTTPS_PORT))


def listen_address(given: str) -> str:
    """ADDRESS:PORT with numbers only: a name would be looked up at each start. Raises click.BadParameter."""
    found = _LISTEN.fullmatch(given.lower())
    if found is None or not 0 < int(found[2]) <= LARGEST_PORT:
        raise click.BadParameter(f"{given!r} isn't an address and port such as 0.0.0.0:443 or [::]:443")
    return found[0]


def balancer_network(given: str) -> str:
    """ADDRESS or ADDRESS/BITS that a balancer connects from; whoever else is there could claim any address as a client's.

    Raises click.BadParameter.
    """
    try:
        network = ip_network("" if "%" in given else given)  # behind "%" a zone may hold anything
    except ValueError:
        raise click.BadParameter(f"{given!r} isn't an address or network such as 192.0.2.10 or 192.0.2.8/30") from None
    if network.prefixlen < _WIDEST[network.version]:
        raise click.BadParameter(f"{given!r} is wider than the balancers' own network: /24 of IPv4 or /64 of IPv6 at the most")
    return str(network)


def plain_path(given: str | Path) -> Path:
    """An absolute path that needs no quotes anywhere. Raises click.BadParameter."""
    if not _PLAIN_PATH.fullmatch(str(given)):
        raise click.BadParameter(f"{str(given)!r} must be an absolute path of letters, digits and . _ + -")
    return Path(given)


def account_name(given: str) -> str:
    """A user's or group's name. Raises click.BadParameter."""
    if not _ACCOUNT.fullmatch(given):
        raise click.BadParameter(f"{given!r} isn't the name of an account")
    return given
