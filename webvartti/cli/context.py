"""What the commands get through click's context: the services and the tools that ``wiring`` wires, made when first needed."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.progress import Progress

from webvartti.cli.card_tools import CardTools, DemoCardTools
from webvartti.domain.database_copy import CopiedTable
from webvartti.domain.deployment import Deployment, ProbeFinding
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.health import HealthCheck
from webvartti.domain.held_orders import why_held
from webvartti.domain.orders import Order
from webvartti.domain.permissions import Role
from webvartti.domain.ports import Progress as Watch
from webvartti.services import Services
from webvartti.services.audit import Verification


class Serving(Protocol):
    """The embedded listeners, started."""

    def wait(self) -> None:
        """Until Ctrl-C or a signal to stop."""
        ...

    def stop(self) -> None: ...


class DemoTools(Protocol):
    """A country in a box."""

    def refuse_in_production(self) -> None: ...

    def create(self, directory: Path, seed: int, progress: Callable[[int, int], None]) -> None: ...

    def is_fresh(self, directory: Path) -> bool: ...

    def cards(self, directory: Path) -> tuple[tuple[str, str, str, str, str, str], ...]:
        """Rows of (holder, name, kind, key, story, what should happen)."""
        ...

    def environment(self, directory: Path) -> Mapping[str, str]: ...

    def is_running(self, directory: Path) -> bool: ...

    def renew(self, directory: Path, holder: str, say: Callable[[str], None]) -> str:
        """One renewal through the listeners; the order's number."""
        ...

    def orders_on_their_way(self, directory: Path) -> None:
        """Let the stories in which an order is on its way come true."""
        ...

    def cases_in_the_queue(self, directory: Path) -> None:
        """Let some holders order whose orders a person must look at."""
        ...

    def staff(self, directory: Path) -> tuple[tuple[bytes, Role], ...]:
        """Certificate (DER) and role of those who run the service."""
        ...

    def browser(self, directory: Path, holder: str) -> int:
        """Open Chromium with this holder's card; its exit code."""
        ...

    def reader_software(self, directory: Path, answer: str, port: int, say: Callable[[str], None]) -> None:
        """Stand in for card reader software until Ctrl-C."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything that a command may use. ``with_environment`` gives the same tools under these settings alone (the demo's)."""

    services: Callable[[], Services]
    settings: Callable[[], tuple[tuple[str, str, str, str], ...]]
    serve: Callable[[bool], AbstractContextManager[Serving]]
    measured: Callable[[], AbstractContextManager[None]]
    demand_schema: Callable[[], None]
    migrate: Callable[[str, str], str]
    copy_database: Callable[[str | None, str | None, Watch], tuple[CopiedTable, ...]]
    verify_audit: Callable[[str | None], Verification]
    tell_audit: Callable[[str | None, str], None]
    backup_database: Callable[[Path, bool, Watch], int]
    read_certificate: Callable[[bytes, str | None], bytes]
    cards: Callable[[], CardTools]
    ask_secret: Callable[[str], str]
    proxy_defaults: Callable[[], Mapping[str, str]]
    card_authorities: Callable[[Path], tuple[tuple[bytes, ...], tuple[bytes, ...]]]
    deploy_file: Callable[[str], str]
    examine: Callable[[], Iterable[HealthCheck]]
    attack: Callable[[Deployment], Iterable[ProbeFinding]]
    export_sqlite: Callable[[Path, Iterable[dict[str, Any]]], int]
    export_tables: Callable[[Path, Mapping[str, Iterable[Mapping[str, Any]]]], None]
    demo: Callable[[], DemoTools]
    demo_cards: Callable[[], DemoCardTools]
    with_environment: Callable[[Mapping[str, str]], Tools]


console = Console()
complaints = Console(stderr=True)


def tools(context: click.Context) -> Tools:
    """The tools of this run."""
    found = context.find_root().obj
    assert isinstance(found, Tools)  # noqa: S101 - tells the type checker what main put there
    return found


def operator() -> str:
    """Who runs this command, for the audit: the account, and whoever signed in to the machine where that is another.

    Asked of the kernel: environment variables such as LOGNAME are anybody's to set.
    """
    account = _account(os.getuid())
    try:
        login = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return account
    return account if login in (_NO_LOGIN, os.getuid()) else f"{account} ({_account(login)})"


_NO_LOGIN = 2**32 - 1


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def printable(text: str) -> str:
    """What somebody else wrote, without anything that a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)


class PlainErrors(click.Group):
    """Every named error becomes one line and exit code 1; nobody sees a traceback for bad input."""

    def exit_code(self, problem: WebVarttiError) -> int:
        """Groups whose commands scripts lean on tell more."""
        return 1

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except WebVarttiError as problem:
            complaints.print(f"[bold red]{problem.code}[/]: ", end="")
            told = str(problem) or (type(problem).__doc__ or "").strip().splitlines()[0]
            complaints.print(printable(told), markup=False, highlight=False, soft_wrap=True)
            context.exit(self.exit_code(problem))


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal while something long runs; nothing where the output isn't a terminal."""
    with Progress(console=complaints, transient=True, disable=not complaints.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


COLUMNS = (
    "number",
    "state",
    "placed_at",
    "registration_number",
    "profession",
    "with_photo",
    "letter_to",
    "findings",
    "decided_by",
    "held_for",
    "card_arrives",
    "valid_until",
)


def rows_of(orders: Iterable[Order]) -> Iterator[dict[str, str]]:
    """Orders as flat rows for tables and files: no address, no contact, as a hand-over needs neither."""
    for order in orders:
        yield {
            "number": order.number,
            "state": str(order.state),
            "placed_at": order.placed_at.isoformat(timespec="seconds"),
            "registration_number": order.person.serial_number,
            "profession": order.product.profession,
            "with_photo": "yes" if order.product.with_photo else "no",
            "letter_to": str(order.delivery.letter_to),
            "findings": " ".join(finding.code for finding in order.findings),
            "decided_by": str(order.decision.actor.name) if order.decision else "",
            "held_for": _held_for(order),
            "card_arrives": order.estimate.card_arrives.isoformat(),
            "valid_until": order.estimate.valid_until.isoformat(),
        }


def _held_for(order: Order) -> str:
    why = why_held(order)
    if not why:
        return ""
    since = f"CRL {why['crl']}" if "crl" in why else "no CRL"
    return (
        f"held: {why.get('reason', '')} ({since}), waits for a CRL made after {order.placed_at.isoformat(timespec='seconds')}"
    )
