"""What the crowd saw, click by click, and the figures of a stretch of time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

PERCENTILES = (50, 90, 95, 99)
SERVED, SHED, GAVE_UP = "served", "shed", "no answer in time"


class Kind(StrEnum):
    """What a click asks for. Signing in is everything from the sign-in page to the first page of the session."""

    PAGE = "page"
    SIGN_IN = "sign-in"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Seen:
    """One click and its end. Moments are seconds of the event loop's clock.

    ``clicked`` is when the person meant to click, not when the generator got round to it: whoever waits for a slow server or
    a slow generator has waited (no coordinated omission). ``outcome`` is SERVED, SHED (503 with a page and Retry-After),
    GAVE_UP or the kind of another error. ``inside`` is whether the person had a session; ``requests`` counts the answered ones.
    """

    kind: Kind
    clicked: float
    ended: float
    outcome: str
    inside: bool
    requests: int

    @property
    def latency(self) -> float:
        return self.ended - self.clicked


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody with a session, from signing in to leaving; ``outcome`` as of the last click."""

    since: float
    until: float
    outcome: str


@dataclass
class Record:
    """Everything that happened."""

    seen: list[Seen] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    waiting: dict[int, Seen] = field(default_factory=dict)
    """Clicks without an end yet, by a number of their own; their ``ended`` means nothing."""
    inside: int = 0
    """How many people are on the site right now."""
    late: list[tuple[float, float]] = field(default_factory=list)
    """(when, by how many seconds) the generator itself was late for a click."""


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds of the event loop's clock."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def __contains__(self, moment: float) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True)
class Figures:
    """Of one span. Latencies in seconds, by kind and percentile (none where nothing was answered); who gave up waited too."""

    arrivals: float
    renewals: float
    pages: float
    requests: float
    latencies: dict[Kind, tuple[float, ...]]
    views: int
    shed: int
    errors: dict[str, int]
    served_inside: float
    latencies_inside: tuple[float, ...]
    stays: int
    stays_served: int
    generator_late: float
    """The 95th percentile of how late the generator was, in seconds."""

    @property
    def worst_p95(self) -> float:
        """Of the three kinds."""
        return max((each[PERCENTILES.index(95)] for each in self.latencies.values()), default=math.inf)

    @property
    def refused_share(self) -> float:
        """Of all clicks, those that were shed or failed."""
        return (self.shed + sum(self.errors.values())) / self.views if self.views else 0.0


def percentiles(values: Iterable[float]) -> tuple[float, ...]:
    """PERCENTILES by nearest rank; empty where there are no values."""
    ordered = sorted(values)
    return tuple(ordered[math.ceil(len(ordered) * each / 100) - 1] for each in PERCENTILES) if ordered else ()


def figures(record: Record, span: Span, now: float) -> Figures:
    """What was clicked within the span; of what isn't answered ``now``, the time waited so far counts as its latency."""
    clicks = [each for each in record.seen if each.clicked in span]
    pending = [each for each in record.waiting.values() if each.clicked in span]
    waited = [each for each in clicks if each.outcome in (SERVED, GAVE_UP)]
    ended = [each for each in record.seen if each.ended in span]
    done = [each for each in ended if each.outcome == SERVED]
    within = [each for each in clicks if each.inside]
    stays = [each for each in record.stays if each.since in span]
    return Figures(
        arrivals=sum(moment in span for moment in record.arrived) / span.seconds,
        renewals=sum(each.kind is Kind.ORDER for each in done) / span.seconds,
        pages=len(done) / span.seconds,
        requests=sum(each.requests for each in ended) / span.seconds,
        latencies={kind: found for kind in Kind if (found := _latencies(kind, waited, pending, now))},
        views=len(clicks),
        shed=sum(each.outcome == SHED for each in clicks),
        errors=dict(Counter(each.outcome for each in clicks if each.outcome not in (SERVED, SHED))),
        served_inside=_share(within),
        latencies_inside=percentiles(each.latency for each in waited if each.inside),
        stays=len(stays),
        stays_served=sum(each.outcome == SERVED for each in stays),
        generator_late=max(percentiles(by for when, by in record.late if when in span)[2:3], default=0.0),
    )


def _latencies(kind: Kind, ended: Sequence[Seen], pending: Sequence[Seen], now: float) -> tuple[float, ...]:
    so_far = [now - each.clicked for each in pending if each.kind is kind]
    return percentiles([each.latency for each in ended if each.kind is kind] + so_far)


def _share(clicks: Sequence[Seen]) -> float:
    """Of these clicks, those that were served; 1 where there were none."""
    return sum(each.outcome == SERVED for each in clicks) / len(clicks) if clicks else 1.0


def seconds_until_normal(record: Record, since: float, until: float, bound: float, lasting: int = 5) -> int | None:
    """How many whole seconds after ``since`` things were as they should be, and stayed so for ``lasting`` seconds.

    As they should be: of the clicks of one second nothing was shed or failed, and 95% were answered within ``bound`` seconds.
    None where that didn't happen before ``until``.
    """
    good = 0
    for second in range(int(until - since)):
        span = Span(since + second, since + second + 1)
        good = good + 1 if _normal([each for each in record.seen if each.clicked in span], bound) else 0
        if good == lasting:
            return second + 1 - lasting
    return None


def _normal(clicks: Sequence[Seen], bound: float) -> bool:
    slow = sum(each.latency > bound for each in clicks)
    return all(each.outcome == SERVED for each in clicks) and slow <= len(clicks) * 0.05
