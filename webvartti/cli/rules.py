"""`webvartti rules`: the renewal policy, and which decisions another one would flip."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import click

from webvartti.cli.context import progress_bar, tools
from webvartti.domain.calendar import finnish_day
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.rules import LONGEST_WINDOW, Flip, PolicyChange
from webvartti.services.rules import Replay


class Days(click.ParamType[timedelta]):
    """A number of days, as in 90d."""

    name = "days"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """How long, or a usage error."""
        found = re.fullmatch(r"([1-9][0-9]{0,3})d", value)
        if found is None:
            self.fail(f"{value!r} isn't a number of days as in 90d", param, ctx)
        return timedelta(days=int(found[1]))


class Window(click.ParamType[str]):
    """Days before expiry, or none."""

    name = "window"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is, or a usage error."""
        if value != "none" and not (re.fullmatch(r"[0-9]{1,4}", value) and int(value) <= LONGEST_WINDOW):
            self.fail(f"{value!r} isn't a number of days up to {LONGEST_WINDOW}, or none", param, ctx)
        return value


@click.group()
def rules() -> None:
    """The renewal policy, and which decisions another one would flip."""


@rules.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def show(context: click.Context, as_json: bool) -> None:
    """The policy in force, since when and by whom, and what waits for a second person."""
    found = tools(context).services().rules.overview()
    if as_json:
        since = _change_row(found.since) if found.since else None
        waiting = [_change_row(change) for change in found.proposed]
        click.echo(json.dumps({**_policy_row(found.policy), "since": since, "waiting": waiting}, indent=1))
        return
    click.echo(f"in force: {_in_words(found.policy)}")
    if found.since is not None and found.since.settled_at is not None and found.since.settled_by is not None:
        by = f"proposed by {found.since.proposed_by.name}, put in force by {found.since.settled_by.name}"
        click.echo(f"since {found.since.settled_at.isoformat(timespec='seconds')}, {by}")
    else:
        click.echo("since the start: as the settings say")
    for change in found.proposed:
        click.echo(f"waits for a second person: {_in_words(change.policy)}, proposed by {change.proposed_by.name}")


@rules.command()
@click.option("--since", required=True, type=Days(), metavar="DAYS", help="How far back, in days: 90d.")
@click.option(
    "--window", type=Window(), metavar="DAYS|none", help="Days before expiry when renewal opens; left out: as in force."
)
@click.option(
    "--automatic", type=click.Choice(["yes", "no"]), help="Whether rules approve by themselves; left out: as in force."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def replay(context: click.Context, since: timedelta, window: str | None, automatic: str | None, as_json: bool) -> None:
    """List which decisions would flip under another policy. Changes nothing.

    Each order is judged twice with the rules of today over what was known when it was placed: under the policy of then, and
    under the one that is asked about.
    """
    services = tools(context).services()
    policy = services.rules.policy()
    if window is not None:
        policy = replace(policy, window_days=None if window == "none" else int(window))
    if automatic is not None:
        policy = replace(policy, automatic_decisions=automatic == "yes")
    start = services.clock() - since
    with progress_bar("orders judged anew") as progress:
        found = services.rules.replay(policy, start, progress)
    _tell_json(policy, start, found) if as_json else _tell(policy, found)


def _tell_json(policy: RenewalPolicy, start: datetime, found: Replay) -> None:
    told = {
        "since": start.isoformat(timespec="seconds"),
        "policy": _policy_row(policy),
        "looked_at": found.looked_at,
        "without_inputs": found.without_inputs,
        "flipped": found.flipped,
        "flips": [_flip_row(flip) for flip in found.flips],
    }
    click.echo(json.dumps(told, indent=1))


def _tell(policy: RenewalPolicy, found: Replay) -> None:
    click.echo(f"policy: {_in_words(policy)}")
    for flip in found.flips:
        why = "".join(f"  {name}: {' '.join(codes)}" for name, codes in (("gained", flip.gained), ("lost", flip.lost)) if codes)
        click.echo(f"{flip.number}  {finnish_day(flip.at).isoformat()}  {flip.before} -> {flip.after}{why}")
    if found.flipped > len(found.flips):
        click.echo(f"and {found.flipped - len(found.flips)} more")
    ways = Counter(f"{flip.before} -> {flip.after}" for flip in found.flips)
    told = "".join(f", {way}: {count}" for way, count in sorted(ways.items()))
    click.echo(f"{found.flipped} of {found.looked_at} decisions would flip{told}")
    if found.without_inputs:
        click.echo(f"{found.without_inputs} older orders have no stored inputs")


def _flip_row(flip: Flip) -> dict[str, Any]:
    return {
        "number": flip.number,
        "day": finnish_day(flip.at).isoformat(),
        "before": flip.before,
        "after": flip.after,
        "gained": list(flip.gained),
        "lost": list(flip.lost),
    }


def _policy_row(policy: RenewalPolicy) -> dict[str, Any]:
    return {"window_days": policy.window_days, "automatic_decisions": policy.automatic_decisions}


def _change_row(change: PolicyChange) -> dict[str, Any]:
    return {
        **_policy_row(change.policy),
        "proposed_by": change.proposed_by.name,
        "proposed_at": change.proposed_at.isoformat(timespec="seconds"),
        "settled_by": change.settled_by.name if change.settled_by else None,
        "settled_at": change.settled_at.isoformat(timespec="seconds") if change.settled_at else None,
    }


def _in_words(policy: RenewalPolicy) -> str:
    opens = "at any time" if policy.window_days is None else f"{policy.window_days} days before the card expires"
    decided = "approves what needs no person" if policy.automatic_decisions else "leaves every order to a person"
    return f"renewal opens {opens}; the service {decided}"
