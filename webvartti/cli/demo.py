"""`webvartti demo`: a country in a box, to see and to test the whole service without real people or cards."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click

from webvartti.cli.context import Tools, operator, progress_bar, tools
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.permissions import Role
from webvartti.domain.registers import RegisterKind
from webvartti.domain.staff import Colleague, RoleChange

DIRECTORY = click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default="demo-country")
OPTION = click.option("--country", "directory", type=click.Path(file_okay=False, path_type=Path), default="demo-country",
                      show_default=True, help="Where the country is.")  # fmt: skip


@click.group()
@click.pass_context
def demo(context: click.Context) -> None:
    """Invented people, cards, registers and authorities; everything else is the real service."""
    tools(context).demo().refuse_in_production()


@demo.command()
@DIRECTORY
@click.option("--seed", default=2021, show_default=True, help="Same seed, same names, numbers and stories; keys are fresh.")
@click.pass_context
def create(context: click.Context, directory: Path, seed: int) -> None:
    """Make a country in DIRECTORY: certification authorities, cards (.p12 and PEM), CRLs, registers, a server certificate."""
    _create(tools(context), directory, seed)
    click.echo(f"The country is in {directory}. Who is who: webvartti demo cards --country {directory}")


def _create(found: Tools, directory: Path, seed: int) -> None:
    with progress_bar("keys and certificates") as progress:
        found.demo().create(directory, seed, progress)


@demo.command()
@OPTION
@click.pass_context
def cards(context: click.Context, directory: Path) -> None:
    """Say who is who, and what should happen to each."""
    for holder, name, kind, key, story, expected in tools(context).demo().cards(directory):
        click.echo(f"{holder:14} {name}, {kind} card, {key}\n    {story}\n    {expected}")
    click.echo(f"\nCards: {directory}/cards/HOLDER.p12 (password: webvartti) and HOLDER.pem")


@demo.command()
@OPTION
@click.pass_context
def environment(context: click.Context, directory: Path) -> None:
    """Print the country's settings for a shell, to run other commands on it: eval "$(webvartti demo environment)"."""
    for name, value in tools(context).demo().environment(directory).items():
        click.echo(f"export {name}={shlex.quote(value)}")


@demo.command()
@click.argument("holder")
@OPTION
@click.pass_context
def browser(context: click.Context, directory: Path, holder: str) -> None:
    """Open Chromium with HOLDER's card in it, on the front page of the running demo. Sign-in is a real handshake."""
    context.exit(tools(context).demo().browser(directory, holder))


@demo.command()
@DIRECTORY
@click.option("--holder", default="aino", show_default=True, help="Who renews.")
@click.option("--until-receipt", is_flag=True, help="Stop after the receipt instead of serving on.")
@click.pass_context
def run(context: click.Context, directory: Path, holder: str, until_receipt: bool) -> None:
    """Make the country, start the service, let one holder renew over real TLS, and serve on until Ctrl-C."""
    logging.getLogger("webvartti.requests").setLevel(logging.WARNING)  # a line a request would bury the story
    outer = tools(context)
    fresh = outer.demo().is_fresh(directory)
    if fresh and outer.demo().is_running(directory):
        raise click.ClickException("The demo is running already: stop it first, or open its address.")
    if not fresh:
        click.echo("1. Making a country: authorities, cards, registers …")
        _create(outer, directory, 2021)
    else:
        click.echo("1. The country is there and younger than a day.")
    inner = outer.with_environment(outer.demo().environment(directory))
    click.echo(f"2. Database: at {inner.migrate('upgrade', 'head')}")
    _load_everything(inner, directory)
    with ExitStack() as stack:
        serving = stack.enter_context(inner.serve(True))
        click.echo(f"4. {holder} renews a card through the real listeners:")
        started = time.monotonic()
        number = inner.demo().renew(directory, holder, lambda line: click.echo(f"   {line}"))
        click.echo(f"   Done in {time.monotonic() - started:.1f} s: order {number}.")
        inner.demo().orders_on_their_way(directory)
        inner.demo().cases_in_the_queue(directory)
        if not until_receipt:
            _tell_how_to_go_on(directory, inner)
            serving.wait()


def _load_everything(inner: Tools, directory: Path) -> None:
    services, who = inner.services(), operator()
    now = services.clock()
    for kind in RegisterKind:
        extract = directory / "registers" / f"{kind}.csv"
        services.registers.load_extract(kind, extract, skip_bad=False, operator=who, now=now, progress=_silent)
    crls = sorted((directory / "crl").glob("*.crl"))
    for crl in crls:
        services.revocation.load_crl(crl, operator=who, now=now, progress=_silent)
    click.echo(f"3. Registers loaded, {len(crls)} revocation lists verified.")
    _appoint_staff(inner, directory)


def _appoint_staff(inner: Tools, directory: Path) -> None:
    """The first by an operator; the others the first one asks for, and an operator confirms."""
    services = inner.services()
    now, who = services.clock(), Actor(ActorKind.OPERATOR, operator())
    for der, role in inner.demo().staff(directory):
        holder = services.judge.judge(der, now).holder
        member = services.staff.member(holder.person)
        if member is not None and role in member.roles:
            continue
        by = next((each.colleague.actor for each in services.staff.list().members if Role.SUPERVISOR in each.roles), who)
        services.staff.change(RoleChange(Colleague(holder.person, holder.name), role, True, by, now))
        for change in services.staff.list().asked:
            services.staff.confirm(change.id, who, now)


def _silent(done: int, total: int) -> None:
    """The demo's extracts are loaded before anybody could read a progress bar."""


def _tell_how_to_go_on(directory: Path, found: Tools) -> None:
    origin = found.demo().environment(directory)["WEBVARTTI_PUBLIC_ORIGIN"]
    program = Path(sys.argv[0])
    click.echo(f"""
The service is at {origin}/ (stop with Ctrl-C).

In another terminal:
  {program} demo browser --country {directory} bjorn    opens Chromium with a card in it
  {program} demo cards --country {directory}            says who is who, and what should happen
  {program} demo browser --country {directory} sari     opens it with a supervisor's: choose Staff for the review queue
  {program} demo scs --country {directory}              answers as card reader software: choose Does my card work?
  eval "$({program} demo environment --country {directory})"; {program} orders list    as an operator

In your own browser:
  Firefox:  Settings > Privacy & Security > View Certificates: import {directory}/cards/bjorn.p12
            (password: webvartti) under "Your Certificates", and {directory}/server/ca.pem under "Authorities".
  Chromium: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n webvartti-demo -i {directory}/server/ca.pem
            pk12util -d sql:$HOME/.pki/nssdb -i {directory}/cards/bjorn.p12 -W webvartti
            (both from the Debian package libnss3-tools)""")
