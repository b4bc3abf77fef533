"""Which addresses may be asked: the form of a URL, and the networks into which a redirect may lead."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from webvartti.pki.crl_download_errors import (
    AddressSchemeRefused,
    AddressUnreadable,
    AddressUnusable,
    AddressWithCredentials,
    DownloadUnreachable,
    RedirectRefused,
)
from webvartti.pki.errors import shown

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048
_BAD_PORT = "the port isn't a number from 1 to 65535"
_CARRYING = (
    IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052)
    IPv6Network("::ffff:0:0:0/96"),  # translated (RFC 2765)
    IPv6Network("::/96"),  # compatible (RFC 4291, given up)
)
"""The last 32 bits are an IPv4 address."""
_NOBODYS = (
    IPv6Network("64:ff9b:1::/48"),  # NAT64 inside one network (RFC 8215): which IPv4 address is carried can't be told
    IPv6Network("fec0::/10"),  # site-local (RFC 3879, given up)
)


@dataclass(frozen=True, slots=True)
class HttpAddress:
    """A URL taken apart. ``authority`` is what the Host header says, ``target`` path and query."""

    scheme: str
    host: str
    port: int
    authority: str
    target: str


def parse_address(url: str) -> HttpAddress:
    """Raises an AddressUnusable. A fragment is cut off: it means nothing to a server."""
    if len(url) > _LONGEST or not all("!" <= char <= "~" for char in url) or "\\" in url:
        raise AddressUnreadable("not a URL of printable ASCII without blanks")
    parts = _split(url)
    if parts.scheme not in _PORTS:
        raise AddressSchemeRefused(f"the scheme {shown(parts.scheme) or '(none)'} isn't http or https")
    if "@" in parts.netloc:
        raise AddressWithCredentials("a user name or password stands in it")
    try:
        host, port = parts.hostname or "", _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError as error:
        raise AddressUnreadable(_BAD_PORT) from error
    if port == 0:
        raise AddressUnreadable(_BAD_PORT)
    if not host or "%" in host or "," in host:
        raise AddressUnreadable("there is no host name in it")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return HttpAddress(parts.scheme, host, port, parts.netloc, target)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise AddressUnreadable("not a URL") from error


def redirected(origin: HttpAddress, location: str) -> HttpAddress:
    """Where a Location header leads (RFC 9110 10.2.2). Raises RedirectRefused, without repeating what the server wrote."""
    try:
        target = parse_address(urljoin(f"{origin.scheme}://{origin.authority}{origin.target}", location))
    except (AddressUnusable, ValueError) as error:
        raise RedirectRefused(f"a redirect to an address that isn't asked ({error})") from error
    if origin.scheme == "https" and target.scheme == "http":
        raise RedirectRefused("a redirect from https to http")
    return target


class Network(Enum):
    """Where an IP address lies. SPECIAL is everything that isn't a single machine's address (multicast, unspecified, ...)."""

    PUBLIC = "public"
    PRIVATE = "private"
    LINK_LOCAL = "link-local"
    LOOPBACK = "loopback"
    SPECIAL = "special"


def network_of(ip: str) -> Network:
    """An IPv6 address that carries an IPv4 address lies where that one does."""
    address = _carried(ip_address(ip.partition("%")[0]))
    if address.is_multicast or address.is_unspecified or any(address in network for network in _NOBODYS):
        return Network.SPECIAL
    if address.is_loopback:
        return Network.LOOPBACK
    if address.is_link_local:
        return Network.LINK_LOCAL
    if address.is_global:
        return Network.PUBLIC
    return Network.SPECIAL if address.is_reserved else Network.PRIVATE


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _CARRYING) and int(address) > 1:  # :: and ::1 are IPv6's own
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def resolve(address: HttpAddress) -> tuple[str, ...]:
    """The host's IP addresses. Raises DownloadUnreachable."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DownloadUnreachable("the host name isn't known") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def refuse_other_networks(configured: str, redirect: tuple[str, ...]) -> None:
    """Nobody outside may send us into our own network (SSRF). Raises RedirectRefused.

    A redirect stays in public networks, or in the kind of network of the IP address that the configured host was reached at.
    """
    allowed = {Network.PUBLIC, network_of(configured)} - {Network.SPECIAL}
    if any(network_of(ip) not in allowed for ip in redirect):
        raise RedirectRefused("a redirect into a network that isn't public")
