"""`webvartti demo card`: a demo card in pcscd's virtual reader, for trying everything without hardware."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from webvartti.cli.context import tools
from webvartti.cli.demo import OPTION

PORT = click.option("--port", default=35963, show_default=True, type=click.IntRange(1, 65535),
                    help="The virtual reader's port; 35964 is Debian's second reader.")  # fmt: skip
SHAPES, FAULTS = ("myeid", "fineid"), ("none", "mute", "slow", "torn", "locked")


@click.group()
def card() -> None:
    """Demo cards in the virtual card reader of pcscd (packages pcscd and vsmartcard-vpcd), usable by any program."""


@card.command()
@click.argument("holder")
@OPTION
@click.option("--shape", type=click.Choice(SHAPES), default="myeid", show_default=True,
              help="myeid: OpenSC and so browsers know it. fineid: as Finnish organisation cards.")  # fmt: skip
@click.option("--fresh", "state", flag_value="fresh", help="With the published PINs again, whatever was done to it.")
@click.option("--not-activated", "state", flag_value="not-activated", help="As it comes in the mail.")
@PORT
@click.pass_context
def insert(context: click.Context, holder: str, directory: Path, shape: str, state: str | None, port: int) -> None:
    """Put HOLDER's card into the virtual reader; Ctrl-C, or `remove` in another terminal, takes it out.

    Its PINs and counters are kept, so that a locked PIN stays locked. What programs ask of it is printed, never a PIN.
    """
    found = tools(context).demo_cards()
    activated = {"fresh": True, "not-activated": False}.get(state or "")
    for name, value in found.secrets().items():
        click.echo(f"{name}: {value}")
    click.echo("(unless they have been changed on this card)")
    with suppress(KeyboardInterrupt):
        found.insert(directory, holder, shape, activated, port, click.echo)


@card.command()
@OPTION
@PORT
@click.pass_context
def remove(context: click.Context, directory: Path, port: int) -> None:
    """Take the card out of the virtual reader; the command that put it in ends."""
    tools(context).demo_cards().remove(directory, port)
    click.echo("The card is out.")


@card.command("break")
@click.argument("fault", type=click.Choice(FAULTS))
@OPTION
@PORT
@click.pass_context
def break_card(context: click.Context, fault: str, directory: Path, port: int) -> None:
    """Break the card that is in the virtual reader.

    \b
    mute    it doesn't answer any more
    slow    every answer takes 0.3 seconds longer
    torn    half of every answer is missing
    locked  PIN1 is locked, as after five wrong tries
    none    it is whole again (a locked PIN stays locked)
    """
    tools(context).demo_cards().damage(directory, port, fault)
    click.echo(f"fault: {fault}")
