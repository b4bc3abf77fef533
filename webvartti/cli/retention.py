"""`webvartti retention`: what is kept how long, and deleting what has been kept long enough."""

from __future__ import annotations

import click

from webvartti.cli.context import operator, progress_bar, tools
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.retention import CLOSED_STATES, Due, Kind

WHAT = {
    Kind.ORDERS: "closed orders, counted from their last event, with everything that hangs on them",
    Kind.CONTACTS: "how to reach people who have no order here any more, counted from their last one",
    Kind.AUDIT: "audit entries, from the old end on, up to the first whose order is still here",
    Kind.FEEDBACK: "feedback that nobody has deleted",
    Kind.MESSAGES: "messages that could not be sent",
}


@click.group()
def retention() -> None:
    """Delete what has been kept long enough. Nothing goes that has no term, and no order that is on its way."""


@retention.command()
@click.pass_context
def terms(context: click.Context) -> None:
    """Print what is kept how long, and by which setting."""
    months = tools(context).services().retention.terms.months
    for kind in Kind:
        term = f"{months[kind]} months" if kind in months else "for good"
        click.echo(f"{kind}: {term}  ({kind.setting})\n    {WHAT[kind]}")
    click.echo(
        "The project knows of no law that names these terms for this service. Settle them with your data protection officer\n"
        "before you set them. Sessions, drafts and sent messages go by themselves, after 30 days at the latest."
    )


@retention.command()
@click.option("--delete", is_flag=True, help="Delete it, after asking.")
@click.option("--yes", is_flag=True, help="With --delete: don't ask. For timers.")
@click.pass_context
def run(context: click.Context, delete: bool, yes: bool) -> None:
    """Show what has been kept long enough; with --delete, delete it for good.

    Without --delete nothing changes: look at the counts first, and take a backup. A run can be stopped with Ctrl-C at any time
    and started again. The service stays up meanwhile.
    """
    if yes and not delete:
        raise click.UsageError("--yes goes with --delete; without them nothing is deleted.")
    services = tools(context).services()
    now = services.clock()
    plan = services.retention.plan(now)
    _tell(plan)
    if not any(due.count for due in plan):
        click.echo("Nothing is due.")
        return
    if not delete:
        click.echo("Nothing was changed. To delete this for good: webvartti retention run --delete")
        return
    counts = ", ".join(f"{due.kind} {due.count}" for due in plan if due.count)
    if not yes:
        click.confirm(f"Delete for good: {counts}?", abort=True)
    with progress_bar("checking the audit, then deleting") as progress:
        gone = services.retention.delete(plan, Actor(ActorKind.OPERATOR, operator()), now, progress)
    click.echo("Deleted: " + ", ".join(f"{kind} {count}" for kind, count in gone.items() if count))


def _tell(plan: tuple[Due, ...]) -> None:
    for due in plan:
        verb = "goes" if due.count == 1 else "go"
        click.echo(f"{due.kind}: {due.count} {verb}, from before {due.first_day_kept.isoformat()} ({due.months} months)")
        click.echo(f"    oldest kept: {_oldest(due)}")
    without = [kind for kind in Kind if kind not in {due.kind for due in plan}]
    if without:
        click.echo("kept for good: " + ", ".join(f"{kind} ({kind.setting} is empty)" for kind in without))


def _oldest(due: Due) -> str:
    kept = due.oldest_kept
    if kept is None:
        return "none"
    told = f"{kept.at.isoformat(timespec='seconds')}"
    if not kept.order:
        return told
    told += f", order {kept.order}, {kept.state}"
    if kept.at >= due.before:
        return told
    if due.kind is Kind.AUDIT:
        return f"{told}: it stays as long as its order, and so does everything after it"
    if kept.state in CLOSED_STATES:
        return f"{told}: its last event is younger, or what is told of it isn't sealed yet"
    return f"{told}: an order that is on its way stays"
