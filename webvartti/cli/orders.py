"""`webvartti orders`: list, show, export, and the picture of the states."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import click

from webvartti.cli.context import COLUMNS, Tools, operator, rows_of, tools
from webvartti.domain.events import TRANSITIONS, OrderEvent, OrderState
from webvartti.domain.orders import Order
from webvartti.services.orders import Orders

STATES = click.Choice([str(state) for state in OrderState])


@click.group()
def orders() -> None:
    """Look at orders and hand them over to analysts. Deciding on them is done on the pages of the staff."""


@orders.command("list")
@click.option("--state", type=STATES, help="Only orders in this state.")
@click.option("--before", default="", metavar="NUMBER", help="Go on after the last order of the page before.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def list_orders(context: click.Context, state: str | None, before: str, limit: int, as_json: bool) -> None:
    """List orders, the newest first. The look is audited."""
    wanted = OrderState(state) if state else None
    services = tools(context).services()
    found = services.orders.listed(state=wanted, before=before, limit=limit, operator=operator(), now=services.clock())
    rows = list(rows_of(found))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        click.echo("No orders.")
        return
    for row in rows:
        placed = row["placed_at"][:16].replace("T", " ")
        decided = f"decided by {row['decided_by']}" if row["decided_by"] else row["held_for"] or "waits for a person"
        click.echo(
            f"{row['number']}  {row['state']:24} {placed} UTC  {row['registration_number']}  {decided}  {row['findings']}"
        )
    if len(rows) == limit:
        click.echo(f"There may be more: webvartti orders list --before {rows[-1]['number']}")


@orders.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def show(context: click.Context, number: str, as_json: bool) -> None:
    """Show one order with its findings and history. The look is audited, and the holder can see it."""
    services = tools(context).services()
    order = services.orders.look(number, operator(), services.clock())
    row = {**next(rows_of([order])), **_addresses(services.orders, order)}
    history = [_event(event) for event in order.events]
    found = [f"{f.severity}: {f.code} {dict(f.values)} (rule {f.rule}.{f.version})" for f in order.findings]
    if as_json:
        click.echo(json.dumps({**row, "history": history, "findings": found}, ensure_ascii=False, indent=1))
        return
    for key, value in row.items():
        click.echo(f"{key:20} {value}")
    for title, lines in (("findings", found), ("history", history)):
        click.echo(f"\n{title}:" + "".join(f"\n  {line}" for line in lines or ["none"]))


def _event(event: OrderEvent) -> str:
    why = " ".join(f"{name}={value}" for name, value in event.reason.items())
    return f"{event.at.isoformat(timespec='seconds')} {event.kind} by {event.actor.name}" + (f" ({why})" if why else "")


def _addresses(found: Orders, order: Order) -> dict[str, str]:
    """What a person who checks an address must see; nothing of it where the holder's address is protected."""
    if not found.address_may_be_shown(order.person):
        return {"addresses": "not shown: non-disclosure order, or the register doesn't answer"}
    registered, delivery = found.registered_address(order.person), order.delivery
    letter = ", ".join(part for part in (delivery.letter_organisation_name, *delivery.letter_address.lines) if part)
    return {
        "card_to": ", ".join(delivery.card_address.lines),
        "letter_address": letter,
        "registered_address": ", ".join(registered.lines) if registered else "none",
    }


@orders.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--state", type=STATES, help="Only orders in this state.")
@click.pass_context
def export(context: click.Context, file: Path, state: str | None) -> None:
    """Write orders to FILE: .csv, .json or .db (SQLite) by its ending. FILE must not exist yet. No addresses or contacts."""
    if file.exists():
        raise click.UsageError(f"{file} exists already; choose another name.")
    if file.suffix not in (".csv", ".json", ".db"):
        raise click.UsageError("FILE must end in .csv, .json or .db.")
    services = tools(context).services()
    rows = rows_of(services.orders.every(OrderState(state) if state else None))
    aside = file.with_name(f".{file.name}.unfinished{file.suffix}")
    try:
        count = _write(tools(context), aside, rows)
        services.orders.exported(count, operator(), services.clock())  # no file without its audit line
        aside.rename(file)
    except OSError as problem:
        raise click.ClickException(f"{file} can't be written: {problem.strerror}") from None
    finally:
        aside.unlink(missing_ok=True)
    click.echo(f"{count} orders written to {file}")


def _write(found: Tools, file: Path, rows: Iterator[dict[str, str]]) -> int:
    """How many rows were written. Raises OSError."""
    # made here, for the operator's eyes only, and never through somebody's link
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    if file.suffix == ".db":
        return found.export_sqlite(file, rows)
    if file.suffix == ".json":
        collected = list(rows)
        file.write_text(json.dumps(collected, ensure_ascii=False, indent=1), encoding="utf-8")
        return len(collected)
    return _write_csv(file, rows)


def _write_csv(file: Path, rows: Iterator[dict[str, str]]) -> int:
    count = 0
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=COLUMNS)
        writer.writeheader()
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last count is what is returned
            writer.writerow(row)
    return count


@orders.command()
def states() -> None:
    """Print the table of state changes as a Mermaid diagram, as the documentation shows it."""
    click.echo("stateDiagram-v2")
    for (state, event), after in TRANSITIONS.items():
        before = "[*]" if state is None else state.name
        click.echo(f"    {before} --> {after.name}: {event}")
