"""The arithmetic behind the figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from webvartti.domain.events import ActorKind
from webvartti.domain.figures import NOT_KNOWN, Expiry, ages, day_counts, forecast, months_from

NOON = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_days_are_finnish_days_and_empty_ones_are_there() -> None:
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past midnight in Finland
    decided = [(NOON, ActorKind.SYSTEM, late), (NOON, ActorKind.STAFF, late), (NOON, ActorKind.OPERATOR, late)]
    told = day_counts([late, NOON], decided, date(2026, 11, 22), date(2026, 11, 24))
    assert [(each.day.day, each.arrived, each.by_rules, each.by_people) for each in told] == [
        (22, 0, 0, 0), (23, 1, 0, 0), (24, 1, 1, 2),
    ]  # fmt: skip


def test_the_day_of_the_clock_change_is_one_day() -> None:
    hours = [datetime(2026, 10, 24, 21, tzinfo=UTC) + timedelta(hours=hour) for hour in range(25)]
    (only,) = day_counts(hours, [], date(2026, 10, 25), date(2026, 10, 25))
    assert only.arrived == 25


@pytest.mark.parametrize(
    ("days", "place"),
    [(0.0, 0), (0.99, 0), (1.0, 1), (2.99, 1), (3.0, 2), (7.0, 3), (14.0, 4), (29.99, 4), (30.0, 5), (900.0, 5)],
)
def test_ages_have_their_edges(days: float, place: int) -> None:
    counts = ages([NOON - timedelta(days=days)], [], NOON).open_cases
    assert counts == tuple(int(number == place) for number in range(6))


def test_times_to_a_decision_are_people_s() -> None:
    def took(hours: int, kind: ActorKind = ActorKind.STAFF) -> tuple[datetime, ActorKind, datetime]:
        return NOON, kind, NOON - timedelta(hours=hours)

    none = ages([], [took(5, ActorKind.SYSTEM)], NOON)
    assert (none.median_hours, none.ninetieth_hours) == (None, None)
    one = ages([], [took(5)], NOON)
    assert (one.median_hours, one.ninetieth_hours) == (5, 5)
    ten = ages([], [took(hours) for hours in range(1, 11)], NOON)
    assert (ten.median_hours, ten.ninetieth_hours) == (5, 9)


def test_twelve_months_go_over_the_year() -> None:
    months = months_from(date(2026, 11, 30), 12)
    assert (months[0], months[1], months[2], months[-1]) == (
        date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 10, 1),
    )  # fmt: skip


def test_a_home_belongs_to_the_county_of_the_nearest_point() -> None:
    months = months_from(date(2026, 11, 1), 2)
    points = [("00100", "Helsinki"), ("33100", "Pirkanmaa"), ("bad", "Nowhere")]
    expiries = [
        Expiry(months[0], "00530", 2), Expiry(months[1], "33100", 1), Expiry(months[1], "16600", 1), Expiry(months[0], "", 3),
    ]  # fmt: skip
    told = forecast(expiries, points, months)
    assert dict(told.counties) == {"Helsinki": (2, 1), "Pirkanmaa": (0, 1), NOT_KNOWN: (3, 0)}
    assert list(told.counties)[-1] == NOT_KNOWN
    assert told.totals == (5, 2)
    assert forecast([], points, months).totals == (0, 0)
