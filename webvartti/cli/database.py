"""`webvartti database`: creating, upgrading and looking after the main database."""

from __future__ import annotations

import click

from webvartti.cli.context import tools
from webvartti.cli.database_copy import backup, copy


@click.group()
def database() -> None:
    """Create the main database, bring it up to date, copy it and back it up."""


database.add_command(copy)
database.add_command(backup)


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


@database.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Compare the database with what this version expects. Prints each difference; the exit code is 1 where there is one."""
    differences = tools(context).migrate("check", "")
    click.echo(differences or "the database is as this version expects it")
    context.exit(1 if differences else 0)
