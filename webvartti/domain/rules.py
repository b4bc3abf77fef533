"""Changing the rules' policy with two people, and seeing beforehand which decisions would flip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.calendar import finnish_day
from webvartti.domain.decisions import decide
from webvartti.domain.eligibility import Finding, RenewalFacts, RenewalPolicy, Severity, findings
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor

LONGEST_WINDOW = 1826
"""Days: no card is valid for longer."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A policy that somebody proposes. In force from ``settled_at`` where ``in_force``; thrown away where it isn't."""

    policy: RenewalPolicy
    proposed_by: Actor
    proposed_at: datetime
    settled_by: Actor | None = None
    settled_at: datetime | None = None
    in_force: bool = False
    id: int = 0


class PolicyChangeGone(WebVarttiError):
    """Somebody else has settled it, or it never was."""

    code = "policy-change-gone"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules alone make of an order: ``outcome`` is "approved", "person" or "blocked"."""

    outcome: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Flip:
    """An order on which the rules would decide otherwise. ``gained`` and ``lost`` are codes of findings."""

    number: str
    at: datetime
    before: str
    after: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def judge(facts: RenewalFacts, policy: RenewalPolicy, at: datetime) -> Verdict:
    """The rules of today over facts of then."""
    found = findings(facts, policy, finnish_day(at))
    if any(finding.severity is Severity.BLOCKS for finding in found):
        return Verdict("blocked", found)
    return Verdict("person" if decide(found, at) is None else "approved", found)


def flips(inputs: Iterable[tuple[str, datetime, RenewalFacts, RenewalPolicy]], policy: RenewalPolicy) -> Iterator[Flip | None]:
    """For each order what would flip, or None: first under the policy that it was judged by, then under ``policy``."""
    for number, at, facts, before in inputs:
        old, new = judge(facts, before, at), judge(facts, policy, at)
        if old.outcome == new.outcome:
            yield None
            continue
        codes_before, codes_after = {each.code for each in old.findings}, {each.code for each in new.findings}
        gained, lost = sorted(codes_after - codes_before), sorted(codes_before - codes_after)
        yield Flip(number, at, old.outcome, new.outcome, tuple(gained), tuple(lost))
