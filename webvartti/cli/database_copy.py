"""`webvartti database copy` and `backup`: the main database in another place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
from rich.table import Table

from webvartti.cli.context import Tools, console, progress_bar, tools
from webvartti.domain.database_copy import CopiedTable
from webvartti.domain.errors import WebVarttiError
from webvartti.services.audit import DATABASE_BACKED_UP, DATABASE_COPIED

CONFIGURED = "configured"


class Address(click.ParamType[str | None]):
    """A database's address, in a file or in the settings where nobody can read it in the list of processes."""

    name = "address"

    def convert(self, value: str | None, param: click.Parameter | None, context: click.Context | None) -> str | None:
        """None stands for the configured one."""
        if value is None or value == CONFIGURED:
            return None
        if value == "-":
            return sys.stdin.readline().strip()
        if value.startswith("@"):
            return self._in_file(Path(value[1:]), param, context)
        if _has_password(value):
            self.fail("A password here can be read in the list of processes: leave it to PGPASSWORD or ~/.pgpass, or write "
                      "the address into a file that only you can read and give @FILE.", param, context)  # fmt: skip
        return value

    def _in_file(self, file: Path, param: click.Parameter | None, context: click.Context | None) -> str:
        try:
            mode, address = file.stat().st_mode, file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.fail(f"{file} can't be read.", param, context)
        if mode & 0o077 and _has_password(address):
            self.fail(f"{file} holds a password and can be read by others: chmod 600 the file.", param, context)
        return address


def _has_password(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False  # it isn't an address, which is said later
    return bool(parts.password or "password" in parse_qs(parts.query))


@click.command()
@click.argument("source", metavar="FROM", type=Address())
@click.argument("target", metavar="TO", type=Address())
@click.pass_context
def copy(context: click.Context, source: str | None, target: str | None) -> None:
    """Copy the main database FROM one place TO another, SQLite or PostgreSQL: all of it, or nothing.

    Stop the service and its worker first. TO must be empty; it is migrated where it has no tables. What was written is read
    back and compared before it counts, then the audit's seals are verified.

    Each is `configured` (that of WEBVARTTI_DATABASE_URL), an address (sqlite:////FILE or
    postgresql+psycopg://USER@HOST/DATABASE), @FILE for an address that stands in a file, or - for one on standard input.
    PostgreSQL's user and password may also come from where its own programs look for them: PGUSER and PGPASSWORD, ~/.pgpass or
    PGPASSFILE, or a service file (postgresql+psycopg:///?service=NAME).
    """
    click.echo("The service and its worker must be stopped until this has ended.", err=True)
    found = tools(context)
    with told_to_audit(found, source, DATABASE_COPIED), progress_bar("copying, then comparing") as progress:
        tables = found.copy_database(source, target, progress)
    _print(tables)
    try:
        audit = found.verify_audit(target)
    except WebVarttiError:
        click.echo("The copy is complete, and the same as its source; but the audit in it can't be verified:", err=True)
        raise
    click.echo(f"audit: {audit.sealed} entries hold, {audit.unsealed} not sealed yet, "
               f"{audit.checkpoints} checkpoints compared")  # fmt: skip
    if target is not None:
        click.echo("Now set WEBVARTTI_DATABASE_URL to the copy, start the service, and keep the old database as it is.")


def _print(tables: Iterable[CopiedTable]) -> None:
    shown = Table("table", "rows", "SHA-256 of the rows, both sides")
    for table in tables:
        shown.add_row(table.name, str(table.rows), table.sha256[:16])
    console.print(shown)


@contextmanager
def told_to_audit(found: Tools, address: str | None, action: str) -> Iterator[None]:
    """First the entry, so that the copy holds it too; where it can't be written, the copy all the same, and a warning."""
    try:
        found.tell_audit(address, action)
    except WebVarttiError as problem:
        yield  # where the database itself is the trouble, this says it better
        click.echo(f"The audit has no entry of this: {problem}", err=True)
    else:
        yield


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@click.pass_context
def backup(context: click.Context, file: Path, force: bool) -> None:
    """Write a backup of the SQLite database to FILE, while the service runs.

    FILE is one state of the database, checked, readable by you only. It holds people's data, and neither keys nor registers.
    """
    found = tools(context)
    with told_to_audit(found, None, DATABASE_BACKED_UP), progress_bar("copying") as progress:
        size = found.backup_database(file, force, progress)
    click.echo(f"{file}: {size / 1e6:.1f} MB, integrity checked")
