"""`webvartti proxy-config`: the files of a production front, for given names and paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any

import click

from webvartti.cli.context import tools
from webvartti.cli.proxy_template import (
    HAPROXY_HOSTS,
    HTTPS_PORT,
    ISSUERS,
    TRUST,
    UNAVAILABLE,
    Front,
    HostName,
    account_name,
    host_name,
    listen_address,
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
    """Write what a production installation is made of: the proxy's configuration, the service files.

    Both proxies serve the two hosts on one address and port: the server name of the TLS handshake chooses. What isn't given is
    taken from the settings (WEBVARTTI_PUBLIC_ORIGIN, _CARD_ORIGIN, _TRUST_FILE, _PROXY_USER, _CARD_TLS12_ONLY) where they are
    set. Run it again after the trust file has changed: the proxy gets its list of issuing CAs from it.
    """


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Those that both proxies share; the first is the last in the list, as decorators go."""
    for decorate in reversed(
        (
            click.option("--public-host", "public", metavar="NAME[:PORT]", callback=_each(host_name), help="The public host."),
            click.option("--card-host", "card", metavar="NAME[:PORT]", callback=_each(host_name), help="The card host."),
            click.option("--certificate", required=True, metavar="FILE", callback=_each(plain_path),
                         help="PEM on the proxy's machine: server certificate, its chain, and its private key."),
            click.option("--card-certificate", metavar="FILE", callback=_each(plain_path),
                         help="The same for the card host. Default: the one certificate names both hosts."),
            click.option("--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The trust file."),
            click.option("--sockets", default="/run/webvartti", show_default=True, metavar="DIR", callback=_each(plain_path),
                         help="Where public.sock and card.sock are."),
            click.option("--listen", "listens", multiple=True, metavar="ADDRESS:PORT", callback=_every(listen_address),
                         help="May be repeated. Default: 0.0.0.0 and [::] at the ports of the two hosts."),
            click.option("--proxy-user", "user", callback=_each(account_name), help="The account that the proxy runs as."),
            click.option("--proxy-group", "group", default="webvartti-proxy", show_default=True, callback=_each(account_name),
                         help="The group that may open the sockets."),
            click.option("--card-tls12-only", is_flag=True, help="For cards that can't sign with RSA-PSS."),
            click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path),
                         help="The folder to write into, and to read from when the proxy starts."),
            click.option("--force", is_flag=True, help="Replace files that are there already."),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def _each(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    return lambda _context, _parameter, given: None if given is None else parse(given)


def _every(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], Any]:
    return lambda _context, _parameter, given: tuple(parse(one) for one in given)


@proxy_config.command()
@_options
@click.option("--log", default="/dev/log", show_default=True, callback=_each(plain_path), help="The system log's socket.")
@click.pass_context
def haproxy(context: click.Context, /, **given: Any) -> None:
    """HAProxy 2.6 or newer: haproxy.cfg, its host list, the issuing CAs, and the page for when the service is away."""
    front = _write_front(context, given, ("haproxy.cfg", HAPROXY_HOSTS), "haproxy")
    _next_steps(f"haproxy -c -f {front.into / 'haproxy.cfg'}", "rfc9440", front)


@proxy_config.command()
@_options
@click.option("--log", default="/var/log/nginx", show_default=True, callback=_each(plain_path), help="Folder of its logs.")
@click.pass_context
def nginx(context: click.Context, /, **given: Any) -> None:
    """nginx 1.22 or newer: nginx.conf, the issuing CAs, and the page for when the service is away."""
    front = _write_front(context, given, ("nginx.conf",), "www-data")
    if front.card_tls12_only:
        click.echo("Both hosts speak TLS 1.2 at most now: nginx settles the version before it knows which host is asked for.")
    _next_steps(f"nginx -t -c {front.into / 'nginx.conf'}", "nginx-escaped-pem", front)


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
    trust = given["trust"] or _default(defaults, "TRUST_FILE", "--trust")
    issuers, trusted = tools(context).card_authorities(Path(trust))
    files = {name: render(tools(context).deploy_file(name), front) for name in templates}
    files |= {UNAVAILABLE: tools(context).deploy_file(UNAVAILABLE), ISSUERS: _bundle(issuers), TRUST: _bundle(trusted)}
    _write(front.into, files, given["force"])
    return front


def _front(given: Mapping[str, Any], defaults: Mapping[str, str], user: str) -> Front:
    public: HostName = given["public"] or _origin_host(_default(defaults, "PUBLIC_ORIGIN", "--public-host"))
    card: HostName = given["card"] or _origin_host(_default(defaults, "CARD_ORIGIN", "--card-host"))
    if public.name == card.name:
        raise click.UsageError("The public host and the card host must be two names.")
    ports = sorted({public.port, card.port})
    return Front(
        public=public,
        card=card,
        certificate=given["certificate"],
        card_certificate=given["card_certificate"] or given["certificate"],
        sockets=given["sockets"],
        listens=given["listens"] or tuple(f"{address}:{port}" for port in ports for address in ("0.0.0.0", "[::]")),  # noqa: S104 - a proxy is to be reached
        user=given["user"] or account_name(defaults.get("PROXY_USER") or user),
        group=given["group"],
        log=given["log"],
        card_tls12_only=given["card_tls12_only"] or defaults.get("CARD_TLS12_ONLY") == "yes",
        into=plain_path(given["into"].absolute()),
    )


def _default(defaults: Mapping[str, str], setting: str, option: str) -> str:
    if not defaults.get(setting):
        raise click.UsageError(f"Give {option}: the setting WEBVARTTI_{setting} isn't there to take it from.")
    return defaults[setting]


def _origin_host(origin: str) -> HostName:
    return host_name(origin.removeprefix("https://").removesuffix(f":{HTTPS_PORT}"))


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
