"""`webvartti registry`: what the registers publish."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.table import Table

from webvartti.cli.context import console, operator, progress_bar, tools
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.registers import RegisterKind

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Say which file an error is about."""
    try:
        yield
    except WebVarttiError:
        click.echo(f"{file}:", err=True)
        raise


@click.group()
def registry() -> None:
    """Load extracts of the registers (CSV) and see which are in use."""


@registry.command()
@click.argument("kind", metavar="KIND", type=click.Choice([str(kind) for kind in RegisterKind]))
@click.argument("file", type=EXISTING)
@click.option("--skip-bad", is_flag=True, help="Load the good rows even if some are bad.")
@click.pass_context
def load(context: click.Context, kind: str, file: Path, skip_bad: bool) -> None:
    """Load FILE as the extract of KIND: rights, cards, persons, organisations or registration-points.

    Nothing changes unless every row is accepted (or with --skip-bad).
    """
    services = tools(context).services()
    with naming(file), progress_bar(kind) as progress:
        report = services.registers.load_extract(
            RegisterKind(kind), file, skip_bad=skip_bad, operator=operator(), now=services.clock(), progress=progress
        )
    for bad in report.bad_rows:
        click.echo(f"{file}:{bad.line}: {bad.problem}", err=True)
    if report.snapshot is None:
        click.echo("Nothing was changed. Correct the rows, or leave them out with --skip-bad.", err=True)
        context.exit(1)
    click.echo(f"{kind}: {report.accepted} rows in use, extract number {report.snapshot.number}")


@registry.command("status")
@click.pass_context
def registry_status(context: click.Context) -> None:
    """Which extracts and CRLs this machine uses."""
    table = Table("name", "number", "rows", "SHA-256")
    services = tools(context).services()
    for snapshot in services.registers.snapshots():
        table.add_row(snapshot.name, str(snapshot.number), str(snapshot.rows), snapshot.sha256[:16])
    console.print(table)
    for problem in services.registers.shortcomings(services.clock()):
        click.echo(f"missing: {problem}")
