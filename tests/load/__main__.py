"""`make load`, or `python -m tests.load`: a Monday morning after a mass reminder, put on this machine alone."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.databases import POSTGRESQL, SQLITE
from tests.integration.proxies.fronts import PROGRAMS
from tests.load.monday import Plan, Tell, run
from tests.load.production import production
from tests.load.record import Record
from tests.load.report import as_json, print_report

EPILOG = """Begin with `make load`, about eight minutes. A first look takes one:
`python -m tests.load --step 8 --most 6 --overload 10 --recovery 10`. PostgreSQL behind nginx:
`make load LOAD="--front nginx --database postgresql"`. docs/load.md tells how to read the figures and where the time goes."""


F = TypeVar("F", bound=Callable[..., object])


def number(name: str, default: float, meaning: str) -> Callable[[F], F]:
    """An option that is a number above nothing."""
    return click.option(name, default=default, show_default=True, type=click.FloatRange(0.1, 3600), help=meaning)


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--front", type=click.Choice(["haproxy", "nginx"]), default="haproxy", help="The proxy, from its shipped file.")
@click.option("--database", type=click.Choice([SQLITE, POSTGRESQL]), default=SQLITE, help="Durable: every commit on the disk.")
@number("--first", Plan.first, "Arrivals a second in the first step.")
@click.option("--growth", default=Plan.growth, type=click.FloatRange(1.05, 4), help="Each step's rate over the last one's.")
@number("--most", Plan.most, "No step goes beyond so many arrivals a second.")
@number("--step", Plan.step, "Seconds of a step; the first third is for settling and isn't measured.")
@number("--bound", Plan.bound, "A rate is held while 95% of all pages come within so many seconds.")
@click.option(
    "--overload", default=Plan.overload, type=click.FloatRange(0, 3600), help="Seconds at twice the held rate; 0: none."
)
@number("--recovery", Plan.recovery, "Seconds at half of it afterwards.")
@number("--thinking", Plan.thinking, "Mean seconds between two clicks of a person (exponential).")
@click.option("--seed", default=Plan.seed, help="Of who comes when, and who leaves where.")
@click.option("--minutes", default=Plan.minutes, type=click.FloatRange(0.1, 60), help="Whatever happens, it ends then.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the figures here."
)
def load(front: str, database: str, json_file: Path | None, **numbers: Any) -> None:
    """How much can one machine hold, and what happens beyond that?

    Starts the production set-up on this machine (the proxy and gunicorn twice from the shipped files, the worker, the
    database), and lets people come in an open loop: a Poisson process that doesn't wait for anybody. Each has a card and a
    browser of their own: the front page, a TLS handshake with the card, "Your card", the two pages of the renewal, the order,
    the receipt, sign out; of 100 who come 79 order. The rate grows step by step until the service can't hold it; then twice
    the rate that it held, and then half of it.

    A latency is counted from the moment at which the person meant to click. 503 with a page and Retry-After counts as shed,
    anything else unexpected as an error. Nothing leaves this machine; everything is thrown away at the end.
    """
    plan, console = Plan(**numbers), Console()
    if plan.most < plan.first:
        raise click.UsageError(f"--most {plan.most:g} is below --first {plan.first:g}: there would be no step at all.")
    if not Path(PROGRAMS[front][0]).exists():
        raise click.ClickException(f"{front} isn't installed: `make load` installs what it needs.")
    signal.signal(signal.SIGTERM, _end_in_order)
    with _bar() as bar:
        making = bar.add_task("cards for the crowd", total=plan.people)
        with production(front, database, plan.people, lambda done, total: bar.update(making, completed=done)) as started:
            bar.remove_task(making)
            course = asyncio.run(run(plan, started.site, started.cards, _telling(bar)))
    print_report(course, console)
    if json_file is not None:
        told = as_json(course, {"front": front, "database": database})
        json_file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    if not course.held:
        raise SystemExit(1)


def _end_in_order(*_: object) -> None:
    """TERM ends as Ctrl-C does: nothing that was started stays."""
    raise KeyboardInterrupt


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    )


def _telling(bar: Progress) -> Tell:
    task = bar.add_task("")

    def tell(name: str, done: float, total: float, record: Record) -> None:
        bar.update(task, description=f"{name}, {record.inside} on the site", completed=done, total=total)

    return tell


if __name__ == "__main__":
    load(prog_name="python -m tests.load")
