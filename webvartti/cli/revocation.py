"""`webvartti revocation`: certificate revocation lists, loaded from files or fetched from their addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.table import Table

from webvartti.cli.context import console, operator, printable, progress_bar, tools
from webvartti.cli.registers import EXISTING, naming
from webvartti.domain.crl_fetching import FetchOutcome, FetchRecord, FetchResult, ListStatus
from webvartti.domain.events import Actor, ActorKind
from webvartti.services.revocation import Fetching

_WAIT = "it is tried again by itself; if it lasts, tell the CA"
_ADDRESS = "correct the address in the trust file, or tell the CA"
_CA = "tell the CA that publishes it; a good list can be loaded with `webvartti revocation load FILE`"
_DIRECTORY = "see the rights and the free space of WEBVARTTI_REVOCATION_DIRECTORY"
_NEXT_STEPS = {
    "download-unreachable": f"see the address and the firewall; {_WAIT}",
    "download-tls-failed": "see the host name and the CAs that this machine trusts; http is enough, for a CRL is signed",
    "download-too-slow": f"see the network; {_WAIT}",
    "download-too-large": "if the list is really that large, raise WEBVARTTI_REVOCATION_MAX_MEGABYTES",
    "download-cut-off": _WAIT,
    "download-not-http": _ADDRESS,
    "download-encoded": _CA,
    "download-status-unsuitable": _ADDRESS,
    "too-many-redirects": _ADDRESS,
    "redirect-refused": "write the address to which it should lead into the trust file, if it is right",
    "download-not-stored": _DIRECTORY,
    "crl-index-not-written": _DIRECTORY,
    "crl-unreadable": _ADDRESS,
    "crl-of-another-ca": "move the address to that CA's table in the trust file",
    "crl-issuer-unknown": "see that the address belongs to a CA of the trust file",
    "crl-from-the-future": "see this machine's clock; if it is right, tell the CA",
    "crl-rolled-back": _WAIT,
    "storage-unavailable": "see the database; it is tried again by itself",
    "audit-unavailable": "see the database; it is tried again by itself",
}


@click.group()
def revocation() -> None:
    """Certificate revocation lists (CRL): load, fetch, and see which are in force."""


@revocation.command("load")
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@click.pass_context
def load_crl(context: click.Context, files: tuple[Path, ...]) -> None:
    """Verify each CRL (DER or PEM) and put it in use. A bad or older one changes nothing."""
    services = tools(context).services()
    for file in files:
        with naming(file), progress_bar(file.name) as progress:
            snapshot = services.revocation.load_crl(file, operator=operator(), now=services.clock(), progress=progress)
        click.echo(f"{snapshot.name}: CRL {snapshot.number}, {snapshot.rows} entries")


@revocation.command()
@click.option("--quiet", is_flag=True, help="Say only what went wrong.")
@click.pass_context
def fetch(context: click.Context, quiet: bool) -> None:
    """Ask every address in the trust file for its CRL now, and put new ones in use.

    A bad or older list changes nothing. Exit code 1 if an address failed. `webvartti worker` does the same by itself.
    """
    services = tools(context).services()
    how = Fetching(Actor(ActorKind.OPERATOR, operator()), progress_bar)
    outcomes = services.revocation.fetch_all(how, services.clock(), only_due=False)
    for outcome in outcomes:
        if outcome.result is FetchResult.FAILED:
            click.echo(failure(outcome), err=True)
        elif not quiet:
            click.echo(_success(outcome))
    if not outcomes:
        click.echo('The trust file names no address: write crls = ["http://..."] in its tables.', err=True)
    if not outcomes or any(outcome.result is FetchResult.FAILED for outcome in outcomes):
        context.exit(1)


@revocation.command()
@click.pass_context
def status(context: click.Context) -> None:
    """Which CRLs are in use, whether they are in force, and how the last fetching went."""
    services = tools(context).services()
    now = services.clock()
    lists = Table("CA", "scope", "state", "number", "age", "next update", "entries", "last fetch")
    for line in services.revocation.status(now):
        lists.add_row(*_row(line, now))
    console.print(lists)
    addresses = services.revocation.fetches(now)
    if addresses:
        table = Table("address", "last try", "outcome", "next try")
        for each in addresses:
            tried = _moment(each.last.tried_at) if each.last else "never"
            table.add_row(each.address.url, tried, _last(each.last), _moment(max(each.due_at, now)))
        console.print(table)


def failure(outcome: FetchOutcome) -> str:
    """What went wrong, and the next step."""
    told = f"{outcome.problem} ({printable(outcome.detail)})" if outcome.detail else outcome.problem
    return f"{outcome.address.issuer}: {outcome.address.url}: {told}; {_NEXT_STEPS.get(outcome.problem, _CA)}"


def _success(outcome: FetchOutcome) -> str:
    if outcome.snapshot is None:
        return f"{outcome.address.issuer}: {outcome.address.url}: not modified"
    kind = "new" if outcome.result is FetchResult.NEW else "the same as before"
    return f"{outcome.snapshot.name}: CRL {outcome.snapshot.number}, {outcome.snapshot.rows} entries, {kind}"


def _row(line: ListStatus, now: datetime) -> tuple[str, ...]:
    used = line.in_use
    if used is None:
        return line.issuer, "", str(line.state), "", "", "", "", _last(line.fetched)
    numbers = str(used.number), _length(now - used.this_update), _moment(used.next_update), str(used.entries)
    return line.issuer, used.scope, str(line.state), *numbers, _last(line.fetched)


def _last(record: FetchRecord | None) -> str:
    if record is None:
        return "-"
    if not record.problem:
        return f"ok {_moment(record.tried_at)}"
    return f"{record.problem} {_moment(record.tried_at)}, {record.failures} in a row"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _length(time: timedelta) -> str:
    """In its two largest units."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
