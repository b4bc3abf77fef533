"""The options of `webvartti proxy-config`, and what stands in for those that aren't given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from webvartti.cli.proxy_balancer import node
from webvartti.cli.proxy_template import (
    HTTPS_PORT,
    HostName,
    account_name,
    balancer_network,
    host_name,
    listen_address,
    plain_path,
)

_SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt"
_ADMIN_SOCKET = "/run/haproxy/admin.sock"

Command = Callable[..., None]
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def _each(parse: Callable[[str], Any]) -> Callback:
    return lambda _context, _parameter, given: None if given is None else parse(given)


def _every(parse: Callable[[str], Any]) -> Callback:
    return lambda _context, _parameter, given: tuple(parse(one) for one in given)


_HOSTS = (
    click.option("--public-host", "public", metavar="NAME[:PORT]", callback=_each(host_name), help="The public host."),
    click.option("--card-host", "card", metavar="NAME[:PORT]", callback=_each(host_name), help="The card host."),
)
_LISTENS = click.option("--listen", "listens", multiple=True, metavar="ADDRESS:PORT", callback=_every(listen_address),
                        help="May be repeated. Default: 0.0.0.0 and [::] at the ports of the two hosts.")  # fmt: skip
_INTO = (
    click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path),
                 help="The folder to write into, and to read from when the proxy starts."),
    click.option("--force", is_flag=True, help="Replace files that are there already."),
)  # fmt: skip


def front_options(command: Command) -> Command:
    """Those that the two proxies of a node share."""
    return _decorated(
        command,
        *_HOSTS,
        click.option("--certificate", required=True, metavar="FILE", callback=_each(plain_path),
                     help="PEM on the proxy's machine: server certificate, its chain, and its private key."),
        click.option("--card-certificate", metavar="FILE", callback=_each(plain_path),
                     help="The same for the card host. Default: the one certificate names both hosts."),
        click.option("--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The trust file."),
        click.option("--sockets", default="/run/webvartti", show_default=True, metavar="DIR", callback=_each(plain_path),
                     help="Where public.sock and card.sock are."),
        _LISTENS,
        click.option("--balancer", "balancers", multiple=True, metavar="ADDRESS[/BITS]", callback=_every(balancer_network),
                     help="Where a balancer connects from: of it alone it is believed whose connection it passes on. "
                     "May be repeated."),
        click.option("--proxy-user", "user", callback=_each(account_name), help="The account that the proxy runs as."),
        click.option("--proxy-group", "group", default="webvartti-proxy", show_default=True, callback=_each(account_name),
                     help="The group that may open the sockets."),
        click.option("--card-tls12-only", is_flag=True, help="For cards that can't sign with RSA-PSS."),
        *_INTO,
    )  # fmt: skip


def balancer_options(command: Command) -> Command:
    """Those of the balancer."""
    return _decorated(
        command,
        click.option("--node", "nodes", multiple=True, required=True, metavar="NAME=ADDRESS:PORT", callback=_every(node),
                     help="A node, and where its own proxy listens. May be repeated."),
        *_HOSTS,
        _LISTENS,
        click.option("--ca", "authorities", default=_SYSTEM_CAS, show_default=True, metavar="FILE", callback=_each(plain_path),
                     help="PEM on the balancer's machine: the CAs of the nodes' server certificates."),
        click.option("--admin-socket", default=_ADMIN_SOCKET, show_default=True, metavar="FILE", callback=_each(plain_path),
                     help="Where root takes nodes out and in."),
        click.option("--proxy-user", "user", default="haproxy", show_default=True, callback=_each(account_name),
                     help="The account that the balancer runs as."),
        click.option("--proxy-group", "group", default="haproxy", show_default=True, callback=_each(account_name),
                     help="The group that it runs as."),
        *_INTO,
    )  # fmt: skip


def log_option(default: str, what: str) -> Callable[[Command], Command]:
    """Where the proxy writes its log."""
    return click.option("--log", default=default, show_default=True, callback=_each(plain_path), help=what)


def _decorated(command: Command, *options: Callable[[Command], Command]) -> Command:
    for decorate in reversed(options):  # the first is the last in the list, as decorators go
        command = decorate(command)
    return command


def hosts(given: Mapping[str, Any], defaults: Mapping[str, str]) -> tuple[HostName, HostName]:
    """The public host and the card host, as given or from the settings. Raises click.UsageError."""
    public: HostName = given["public"] or _origin_host(setting(defaults, "PUBLIC_ORIGIN", "--public-host"))
    card: HostName = given["card"] or _origin_host(setting(defaults, "CARD_ORIGIN", "--card-host"))
    if public.name == card.name:
        raise click.UsageError("The public host and the card host must be two names.")
    return public, card


def everywhere(public: HostName, card: HostName) -> tuple[str, ...]:
    """All addresses of the machine, at the ports of the two hosts."""
    ports = sorted({public.port, card.port})
    return tuple(f"{address}:{port}" for port in ports for address in ("0.0.0.0", "[::]"))  # noqa: S104 - a proxy is to be reached


def setting(defaults: Mapping[str, str], name: str, option: str) -> str:
    """The setting that stands in for an option. Raises click.UsageError."""
    if not defaults.get(name):
        raise click.UsageError(f"Give {option}: the setting WEBVARTTI_{name} isn't there to take it from.")
    return defaults[name]


def _origin_host(origin: str) -> HostName:
    return host_name(origin.removeprefix("https://").removesuffix(f":{HTTPS_PORT}"))
