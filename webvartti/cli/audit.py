"""`webvartti audit` and `webvartti feedback`: what happened, and what people say."""

from __future__ import annotations

from pathlib import Path

import click

from webvartti.cli.context import printable, tools


@click.group()
def audit() -> None:
    """Seal, verify and read the audit."""


@audit.command()
@click.pass_context
def seal(context: click.Context) -> None:
    """Seal what isn't sealed yet (the worker does this by itself)."""
    services = tools(context).services()
    click.echo(f"{services.audit.seal_pending(services.clock())} entries sealed")


@audit.command()
@click.option("--checkpoints", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The file of signed checkpoints: without it a cut tail can't be seen.")  # fmt: skip
@click.pass_context
def verify(context: click.Context, checkpoints: Path | None) -> None:
    """Recompute every seal; name the first bad or missing entry and exit with 1 where the chain doesn't hold."""
    found = tools(context).services().audit.verify(checkpoints)
    click.echo(f"{found.sealed} entries hold, {found.unsealed} not sealed yet, {found.checkpoints} checkpoints compared")
    if found.mark is not None:
        until = found.mark.at.isoformat(timespec="seconds")
        click.echo(f"{found.mark.count} older ones were removed by retention, the last of them at {until}")
    if checkpoints is None:
        click.echo("Without --checkpoints entries cut off at the end can't be seen.")


@audit.command("show")
@click.option("--order", default="", metavar="NUMBER", help="Only entries of this order.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.pass_context
def show_audit(context: click.Context, order: str, limit: int) -> None:
    """Print the newest entries."""
    for entry in tools(context).services().audit.show(limit=limit, order=order):
        detail = " ".join(f"{key}={value}" for key, value in entry.detail.items())
        click.echo(f"{entry.id} {entry.at.isoformat(timespec='seconds')} {entry.actor.kind}:{entry.actor.name} "
                   f"{entry.action} {entry.order} {detail}")  # fmt: skip


@click.group()
def feedback() -> None:
    """Read what visitors wrote."""


@feedback.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.pass_context
def list_feedback(context: click.Context, limit: int) -> None:
    """Print the newest feedback."""
    entries = tools(context).services().feedback.read(limit)
    for entry in entries:
        reply = f" (answer to {entry.reply_to})" if entry.reply_to else ""
        click.echo(f"{entry.id}: {entry.at:%Y-%m-%d %H:%M} UTC, {entry.language}{reply}\n{printable(entry.text)}\n")
    if not entries:
        click.echo("No feedback.")


@feedback.command("delete")
@click.argument("number", type=int)
@click.pass_context
def delete_feedback(context: click.Context, number: int) -> None:
    """Delete the feedback with this NUMBER, once it has been handled."""
    tools(context).services().feedback.delete(number)
    click.echo(f"Feedback {number} is deleted.")
