"""How the queue stands and what is coming, as numbers: arrivals and decisions, ages of cases, expiring cards by county."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from webvartti.domain.calendar import finnish_day
from webvartti.domain.events import ActorKind

AGE_LIMITS = (1, 3, 7, 14, 30)
"""Whole days: younger than the first, then up to each, then older."""

NOT_KNOWN = ""
"""In the place of a county: no address, or one that is protected."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """One Finnish day: orders that came, and decisions by rules and by people."""

    day: date
    arrived: int
    by_rules: int
    by_people: int


@dataclass(frozen=True, slots=True)
class Ages:
    """Open cases by age (see AGE_LIMITS; one more than it has), and how long people took, in hours; None without a decision."""

    open_cases: tuple[int, ...]
    median_hours: float | None
    ninetieth_hours: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """``months`` are the first days of months; ``counties`` maps a county (NOT_KNOWN last) to as many counts."""

    months: tuple[date, ...]
    counties: Mapping[str, tuple[int, ...]]

    @property
    def totals(self) -> tuple[int, ...]:
        """All counties, by month."""
        return tuple(sum(counts) for counts in zip(*self.counties.values(), strict=True)) or (0,) * len(self.months)


class FigureRepository(Protocol):
    """What the main database tells, as moments."""

    def placed_since(self, moment: datetime) -> Sequence[datetime]: ...

    def decided_since(self, moment: datetime) -> Sequence[tuple[datetime, ActorKind, datetime]]:
        """(decided at, by whom, placed at) of every decision."""
        ...

    def open_since(self) -> Sequence[datetime]:
        """When each open case was placed."""
        ...


@dataclass(frozen=True, slots=True)
class Expiry:
    """Cards that end: how many, in which month (its first day), by the postal code of the home; empty where it isn't told."""

    month: date
    postal_code: str
    cards: int


def day_counts(
    placed: Iterable[datetime], decided: Iterable[tuple[datetime, ActorKind, datetime]], first: date, last: date
) -> tuple[DayCount, ...]:
    """One for each Finnish day from ``first`` to ``last``, both included, also where nothing happened."""
    arrived = Counter(finnish_day(at) for at in placed)
    rules, people = Counter[date](), Counter[date]()
    for at, kind, _ in decided:
        (rules if kind is ActorKind.SYSTEM else people)[finnish_day(at)] += 1
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(DayCount(day, arrived[day], rules[day], people[day]) for day in days)


def ages(opened: Iterable[datetime], decided: Iterable[tuple[datetime, ActorKind, datetime]], now: datetime) -> Ages:
    """Of open cases, and of decisions of people."""
    counts = [0] * (len(AGE_LIMITS) + 1)
    for at in opened:
        days = (now - at) / timedelta(days=1)
        counts[sum(days >= limit for limit in AGE_LIMITS)] += 1
    hours = sorted((at - placed) / timedelta(hours=1) for at, kind, placed in decided if kind is not ActorKind.SYSTEM)
    return Ages(tuple(counts), _quantile(hours, 0.5), _quantile(hours, 0.9))


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value that at least this part doesn't exceed."""
    if not ordered:
        return None
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]


def months_from(today: date, count: int) -> tuple[date, ...]:
    """First days: this month's, and those of the months after it."""
    first = today.year * 12 + today.month - 1
    return tuple(date(number // 12, number % 12 + 1, 1) for number in range(first, first + count))


def forecast(expiries: Iterable[Expiry], points: Sequence[tuple[str, str]], months: tuple[date, ...]) -> Forecast:
    """``points`` are (postal code, county) of the registration points: a home belongs to the county of the point whose postal
    code is nearest as a number, of two equally near ones to that of the lower. An approximation, and called one.
    """
    known = sorted((int(code), county) for code, county in points if code.isascii() and code.isdigit())
    counted: dict[str, Counter[date]] = {}
    for expiry in expiries:
        county = _county(expiry.postal_code, known)
        counted.setdefault(county, Counter())[expiry.month] += expiry.cards
    names = sorted(counted, key=lambda county: (county == NOT_KNOWN, county))
    return Forecast(months, {county: tuple(counted[county][month] for month in months) for county in names})


def _county(postal_code: str, known: Sequence[tuple[int, str]]) -> str:
    if not known or not (postal_code.isascii() and postal_code.isdigit()):
        return NOT_KNOWN
    code = int(postal_code)
    return min(known, key=lambda point: (abs(point[0] - code), point[0]))[1]
