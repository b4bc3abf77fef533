"""`webvartti proxy-config`: the files of a production front, for given names and paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any

import click

from webvartti.cli.context import tools
from webvartti.cli.proxy_balancer import Balancer, demand_different
from webvartti.cli.proxy_options import balancer_options, everywhere, front_options, hosts, log_option, setting
from webvartti.cli.proxy_template import (
    BUSY,
    HAPROXY_HOSTS,
    HTTPS_PORT,
    ISSUERS,
    TRUST,
    UNAVAILABLE,
    Front,
    account_name,
    page_policy,
    plain_path,
    render,
)

UNITS = (
    "webvartti-public.socket",
    "webvartti-public.service",
    "webvartti-card.socket",
    "webvartti-card.service",
    "webvartti-worker.service",
    "gunicorn.conf.py",
)


@click.group("proxy-config")
def proxy_config() -> None:
    """Write what a production installation is made of: the proxies' configuration, the service files.

    Both proxies serve the two hosts on one address and port: the server name of the TLS handshake chooses. What isn't given is
    taken from the settings (WEBVARTTI_PUBLIC_ORIGIN, _CARD_ORIGIN, _TRUST_FILE, _PROXY_USER, _CARD_TLS12_ONLY) where they are
    set. Run it again after the trust file has changed: the proxy gets its list of issuing CAs from it.
    """


@proxy_config.command()
@front_options
@log_option("/dev/log", "The system log's socket.")
@click.pass_context
def haproxy(context: click.Context, /, **given: Any) -> None:
    """HAProxy 2.6 or newer: haproxy.cfg, its host list, the issuing CAs, and the pages for when the service is away or full."""
    front = _write_front(context, given, ("haproxy.cfg", HAPROXY_HOSTS), "haproxy")
    _next_steps(f"haproxy -c -f {front.into / 'haproxy.cfg'}", "rfc9440", front)


@proxy_config.command()
@front_options
@log_option("/var/log/nginx", "Folder of its logs.")
@click.pass_context
def nginx(context: click.Context, /, **given: Any) -> None:
    """nginx 1.22 or newer: nginx.conf, the issuing CAs, and the pages for when the service is away or full."""
    front = _write_front(context, given, ("nginx.conf",), "www-data")
    if front.card_tls12_only:
        click.echo("Both hosts speak TLS 1.2 at most now: nginx settles the version before it knows which host is asked for.")
    if front.balancers:
        click.echo(
            "Only through the balancer can it be reached now: nginx closes every connection that doesn't begin as its do."
        )
    _next_steps(f"nginx -t -c {front.into / 'nginx.conf'}", "nginx-escaped-pem", front)


@proxy_config.command()
@balancer_options
@log_option("/dev/log", "The system log's socket.")
@click.pass_context
def balancer(context: click.Context, /, into: Path, force: bool, **given: Any) -> None:
    """HAProxy 2.6 or newer in front of several nodes: haproxy.cfg. TLS goes through it to the nodes' own proxies."""
    public, card = hosts(given, tools(context).proxy_defaults())
    chosen = {
        "public": public,
        "card": card,
        "nodes": demand_different(given["nodes"]),
        "listens": given["listens"] or everywhere(public, card),
    }
    template = tools(context).deploy_file("haproxy-balancer.cfg")
    _write(into, {"haproxy.cfg": render(template, Balancer(**{**given, **chosen}).values())}, force)
    click.echo(f"Check:  haproxy -c -f {into / 'haproxy.cfg'}")
    click.echo("At each node, with this machine's address:  webvartti proxy-config haproxy --balancer ADDRESS ...")


@proxy_config.command()
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write into.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.pass_context
def units(context: click.Context, into: Path, force: bool) -> None:
    """The systemd units, and gunicorn's configuration (it belongs into /etc/webvartti)."""
    _write(into, {name: tools(context).deploy_file(name) for name in UNITS}, force)
    click.echo(f"Check:  systemd-analyze verify {into}/webvartti-*.service {into}/webvartti-*.socket")


def _write_front(context: click.Context, given: Mapping[str, Any], templates: Iterable[str], user: str) -> Front:
    defaults = tools(context).proxy_defaults()
    front = _front(given, defaults, user)
    trust = given["trust"] or setting(defaults, "TRUST_FILE", "--trust")
    issuers, trusted = tools(context).card_authorities(Path(trust))
    pages = {name: tools(context).deploy_file(name) for name in (UNAVAILABLE, BUSY)}
    policies = {f"{name.removesuffix('.html')}_policy": page_policy(page) for name, page in pages.items()}
    files = {name: render(tools(context).deploy_file(name), front.values() | policies) for name in templates} | pages
    files |= {ISSUERS: _bundle(issuers), TRUST: _bundle(trusted)}
    _write(front.into, files, given["force"])
    return front


def _front(given: Mapping[str, Any], defaults: Mapping[str, str], user: str) -> Front:
    public, card = hosts(given, defaults)
    return Front(
        public=public,
        card=card,
        certificate=given["certificate"],
        card_certificate=given["card_certificate"] or given["certificate"],
        sockets=given["sockets"],
        listens=given["listens"] or everywhere(public, card),
        user=given["user"] or account_name(defaults.get("PROXY_USER") or user),
        group=given["group"],
        log=given["log"],
        card_tls12_only=given["card_tls12_only"] or defaults.get("CARD_TLS12_ONLY") == "yes",
        into=plain_path(given["into"].absolute()),
        balancers=given["balancers"],
    )


def _bundle(certificates: Iterable[bytes]) -> str:
    return "".join(DER_cert_to_PEM_cert(der) for der in certificates)


def _write(into: Path, files: Mapping[str, str], force: bool) -> None:
    """All of them or none; each is renamed into place, so that a proxy that reloads never reads half a file."""
    there = [str(into / name) for name in files if (into / name).exists()]
    if there and not force:
        raise click.UsageError(f"Already there: {', '.join(there)}. --force replaces them.")
    into.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        beside = into / f".{name}.new"
        beside.write_text(text, encoding="utf-8")
        beside.chmod(0o644)
        os.replace(beside, into / name)
        click.echo(f"Wrote {into / name}")


def _next_steps(check: str, form: str, front: Front) -> None:
    click.echo(f"Check:  {check}")
    click.echo("Settings that belong to it:")
    click.echo(f"    WEBVARTTI_CLIENT_CERT_FORMAT={form}\n    WEBVARTTI_PROXY_USER={front.user}")
    port = "" if front.public.port == HTTPS_PORT else f":{front.public.port}"
    click.echo(f"When it runs, attack it:  webvartti doctor --through https://{front.public.name}{port}")
