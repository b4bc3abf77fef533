"""`webvartti settings`, `serve`, `worker`: running the service."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import click

from webvartti.cli.context import tools
from webvartti.cli.revocation import failure
from webvartti.cli.signals import Stop, heeding
from webvartti.domain.crl_fetching import FetchResult, FetchUnderWay
from webvartti.domain.errors import AdapterUnavailable, WebVarttiError
from webvartti.services import Services
from webvartti.services.measures import FETCHING, ROUND
from webvartti.services.revocation import Fetching, fetch_quietly
from webvartti.services.worker import run_quietly

FETCH_LOOK_SECONDS = 5.0
"""How often the fetching thread looks whether an address is due."""
_AFTER_FAILURE_SECONDS = 60.0
_END_SECONDS = 5.0


@click.command()
@click.pass_context
def settings(context: click.Context) -> None:
    """List every setting: its environment variable, meaning, default, and whether it is set (never a secret's value)."""
    for variable, meaning, default, now in tools(context).settings():
        click.echo(f"{variable}  ({now})\n    {meaning}\n    default: {default}")


@click.command()
@click.option("--no-worker", is_flag=True, help="Leave sealing, mail and cleaning to `webvartti worker` elsewhere.")
@click.pass_context
def serve(context: click.Context, no_worker: bool) -> None:
    """Serve both listeners from this process, for a demo or one office. For the open Internet put a proxy in front."""
    with tools(context).serve(not no_worker) as serving:
        services = tools(context).services()
        for problem in services.registers.shortcomings(services.clock()):
            click.echo(f"Warning: {problem}.", err=True)
        click.echo(f"Serving {services.orders.public_origin}/; stop with Ctrl-C.")
        serving.wait()


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
@click.option("--every", default=1.0, show_default=True, type=click.FloatRange(0.1, 60), help="Seconds between rounds.")
@click.pass_context
def worker(context: click.Context, once: bool, every: float) -> None:
    """Seal the audit, send messages, fetch CRLs, settle held orders, throw away what has expired; round after round."""
    tools(context).demand_schema()
    services = tools(context).services()
    if once:
        try:
            _fetch_once(services)  # before the round: a list that comes now releases orders in it
        except WebVarttiError:
            _round_once(services)
            raise
        _round_once(services)
        return
    stop = Stop()
    with suppress(KeyboardInterrupt), heeding({signal.SIGTERM: stop.set}), tools(context).measured(), fetching(services):
        repeat(services, every, stop)


def _round_once(services: Services) -> None:
    try:
        done = services.worker.run(services.clock())
    finally:
        services.worker.leave()
    told = f"sealed {done.sealed}, sent {done.sent}, not sent {done.failed}, expired {done.expired}"
    click.echo(f"{told}, held orders settled {done.settled}, decisions in effect {done.decided}")
    if done.elsewhere:
        click.echo(f"another worker is at: {', '.join(done.elsewhere)}")
    for message in services.worker.waiting():
        click.echo(f"waiting: message {message.id} ({message.kind}), tried {message.attempts} times")


def _fetch_once(services: Services) -> None:
    try:
        outcomes = services.revocation.fetch_all(Fetching(), services.clock(), only_due=True)
    except FetchUnderWay:
        return  # another worker does it
    for outcome in outcomes:
        failed = outcome.result is FetchResult.FAILED
        click.echo(f"not fetched: {failure(outcome)}" if failed else f"fetched: {outcome.address.issuer}")


def repeat(services: Services, every: float, stop: Stop) -> None:
    """The worker's loop, until ``stop`` is set: what it is at is finished first. ``every`` is in seconds."""
    services.measures.diary.begun(ROUND, services.clock())
    try:
        while not stop.is_set():
            started = time.monotonic()
            if run_quietly(services.worker, services.clock(), stop.is_set) is not None:
                _finished(services, ROUND, started)
            stop.wait(every)
    finally:
        with suppress(AdapterUnavailable):
            services.worker.leave()


def _finished(services: Services, loop: str, started: float) -> None:
    services.measures.diary.finished(loop, services.clock(), timedelta(seconds=time.monotonic() - started))


@contextmanager
def fetching(services: Services | None) -> Iterator[None]:
    """Beside the worker's rounds, in a thread of its own: a slow address mustn't keep the audit from being sealed."""
    if services is None or not services.revocation.fetches(services.clock()):
        yield
        return
    stop = threading.Event()
    # a daemon: looking up a host name can't be interrupted, and mustn't keep the program from ending
    thread = threading.Thread(target=_repeat_fetching, args=(services, stop), name="revocation", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_END_SECONDS)


def _repeat_fetching(services: Services, stop: threading.Event) -> None:
    how = Fetching(stopping=stop.is_set)
    services.measures.diary.begun(FETCHING, services.clock())
    while not stop.is_set():
        started = time.monotonic()
        finished = fetch_quietly(services.revocation, how, services.clock())
        if finished:
            _finished(services, FETCHING, started)
        stop.wait(FETCH_LOOK_SECONDS if finished else _AFTER_FAILURE_SECONDS)
