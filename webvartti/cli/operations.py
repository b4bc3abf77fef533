"""`webvartti settings`, `serve`, `worker`, `database`: running the service."""

from __future__ import annotations

import threading

import click

from webvartti.cli.context import tools
from webvartti.services import Services
from webvartti.services.worker import run_quietly


@click.command()
@click.pass_context
def settings(context: click.Context) -> None:
    """List every setting: its environment variable, meaning, default, and whether it is set (never a secret's value)."""
    for variable, meaning, default, now in tools(context).settings():
        click.echo(f"{variable}  ({now})\n    {meaning}\n    default: {default}")


@click.command()
@click.option("--no-worker", is_flag=True, help="Leave sealing, mail and cleaning to `webvartti worker` elsewhere.")
@click.pass_context
def serve(context: click.Context, no_worker: bool) -> None:
    """Serve both listeners from this process, for a demo or one office. For the open Internet put a proxy in front."""
    with tools(context).serve(not no_worker) as serving:
        services = tools(context).services()
        for problem in services.registers.shortcomings(services.clock()):
            click.echo(f"Warning: {problem}.", err=True)
        click.echo(f"Serving {services.orders.public_origin}/; stop with Ctrl-C.")
        serving.wait()


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
@click.option("--every", default=1.0, show_default=True, type=click.FloatRange(0.1, 60), help="Seconds between rounds.")
@click.pass_context
def worker(context: click.Context, once: bool, every: float) -> None:
    """Seal the audit, send messages, throw away what has expired; round after round."""
    services = tools(context).services()
    if once:
        done = services.worker.run(services.clock())
        click.echo(f"sealed {done.sealed}, sent {done.sent}, not sent {done.failed}, expired {done.expired}")
        waiting = services.worker.waiting()
        for message in waiting:
            click.echo(f"waiting: message {message.id} ({message.kind}), tried {message.attempts} times")
        return
    repeat(services, every, threading.Event())


def repeat(services: Services, every: float, stop: threading.Event) -> None:
    """The worker's loop, until ``stop`` is set; ``every`` is in seconds."""
    while not stop.is_set():
        run_quietly(services.worker, services.clock())
        stop.wait(every)


@click.group()
def database() -> None:
    """Create the main database and bring it up to date."""


@database.command()
@click.option("--to", "revision", default="head", show_default=True, help="The revision to go to.")
@click.pass_context
def upgrade(context: click.Context, revision: str) -> None:
    """Create or upgrade the database. Safe to repeat."""
    click.echo(f"database is at {tools(context).migrate('upgrade', revision)}")


@database.command()
@click.argument("revision")
@click.confirmation_option(prompt="A downgrade can lose data. Go on?")
@click.pass_context
def downgrade(context: click.Context, revision: str) -> None:
    """Go back to REVISION (`base` for an empty database)."""
    click.echo(f"database is at {tools(context).migrate('downgrade', revision)}")


@database.command()
@click.pass_context
def current(context: click.Context) -> None:
    """Print the database's revision."""
    click.echo(tools(context).migrate("current", ""))
