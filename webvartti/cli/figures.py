"""`webvartti figures`: how the queue stands and what is coming."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from webvartti.cli.context import operator, tools
from webvartti.domain.events import Actor, ActorKind

DAYS = click.option("--days", default=30, show_default=True, type=click.IntRange(1, 365), help="How many days back.")


@click.group()
def figures() -> None:
    """How the queue stands and what is coming. Numbers only, nothing of a person."""


@figures.command()
@DAYS
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def show(context: click.Context, days: int, as_json: bool) -> None:
    """Print arrivals and decisions a day, ages of open cases, and the forecast of expiring cards by county."""
    services = tools(context).services()
    tables = services.figures.sheet(services.clock(), days).tables()
    if as_json:
        click.echo(json.dumps(tables, ensure_ascii=False, indent=1))
        return
    for name, rows in tables.items():
        click.echo(f"{name}:" + ("" if rows else " nothing"))
        for row in rows:
            click.echo("  " + "  ".join(f"{key} {value}" for key, value in row.items()))


@figures.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@DAYS
@click.pass_context
def export(context: click.Context, file: Path, days: int) -> None:
    """Write all figures to FILE, one SQLite file with a table each. FILE must not exist yet. The export is audited."""
    if file.exists():
        raise click.UsageError(f"{file} exists already; choose another name.")
    found = tools(context)
    services = found.services()
    now = services.clock()
    aside = file.with_name(f".{file.name}.unfinished")
    try:
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        found.export_tables(aside, services.figures.sheet(now, days).tables())
        services.figures.exported(Actor(ActorKind.OPERATOR, operator()), now)  # no file without its audit line
        aside.rename(file)
    except OSError as problem:
        raise click.ClickException(f"{file} can't be written: {problem.strerror}") from None
    finally:
        aside.unlink(missing_ok=True)
    click.echo(f"Figures written to {file}")
