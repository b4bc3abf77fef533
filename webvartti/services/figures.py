"""Figures for whoever runs the service; numbers only, nothing of a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.audit import AuditEntry
from webvartti.domain.calendar import FINNISH_TIME, finnish_day
from webvartti.domain.errors import RegisterUnavailable
from webvartti.domain.events import Actor
from webvartti.domain.figures import AGE_LIMITS, Ages, DayCount, Forecast, ages, day_counts, forecast, months_from
from webvartti.domain.ports import Register
from webvartti.domain.repositories import UnitsOfWork

MONTHS = 12


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """All figures of one moment. ``forecast`` is None where the registers don't answer."""

    days: tuple[DayCount, ...]
    ages: Ages
    forecast: Forecast | None

    def tables(self) -> dict[str, list[dict[str, str | int]]]:
        """Each figure as rows, by the name of its table."""
        told: list[dict[str, str | int]] = []
        if self.forecast is not None:
            for county, counts in self.forecast.counties.items():
                months = zip(self.forecast.months, counts, strict=True)
                told += [
                    {"county": county or "not known", "month": f"{month:%Y-%m}", "cards": cards} for month, cards in months
                ]
        return {
            "arrivals": [
                {"day": each.day.isoformat(), "arrived": each.arrived, "by_rules": each.by_rules, "by_people": each.by_people}
                for each in self.days
            ],
            "ages": list(_age_rows(self.ages)),
            "forecast": told,
        }


def _age_rows(found: Ages) -> Iterator[dict[str, str | int]]:
    limits = [f"under {AGE_LIMITS[0]} days", *(f"{limit} days or more" for limit in AGE_LIMITS)]
    for words, count in zip(limits, found.open_cases, strict=True):
        yield {"figure": f"open cases, {words}", "value": count}
    for words, hours in (("median", found.median_hours), ("90th percentile", found.ninetieth_hours)):
        yield {"figure": f"hours to a decision by a person, {words}", "value": "" if hours is None else f"{hours:.1f}"}


@dataclass(frozen=True, slots=True)
class Figures:
    """The use cases."""

    units: UnitsOfWork
    register: Register

    def sheet(self, now: datetime, days: int = 30) -> FigureSheet:
        """The last ``days`` Finnish days, today included, and the next 12 months."""
        last = finnish_day(now)
        first = last - timedelta(days=days - 1)
        since = datetime(first.year, first.month, first.day, tzinfo=FINNISH_TIME)
        with self.units.reading() as unit:
            placed, decided = unit.figures.placed_since(since), unit.figures.decided_since(since)
            opened = unit.figures.open_since()
        return FigureSheet(day_counts(placed, decided, first, last), ages(opened, decided, now), self._forecast(now))

    def _forecast(self, now: datetime) -> Forecast | None:
        months = months_from(finnish_day(now), MONTHS + 1)
        try:
            ending = self.register.expiries(finnish_day(now), months[-1] - timedelta(days=1))
            points = [(point.address.postal_code, point.county) for point in self.register.registration_points()]
        except RegisterUnavailable:
            return None
        return forecast(ending, points, months[:-1])

    def exported(self, who: Actor, now: datetime) -> None:
        """Leave an audit line of a file that was made."""
        with self.units.writing() as unit:
            unit.audit.add(AuditEntry(now, who, "figures.exported"))
            unit.commit()
