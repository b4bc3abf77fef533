"""Working days around the feasts at which estimates go wrong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from webvartti.production.calendar import FinnishWorkingDays


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 23), 4, date(2026, 11, 27)),  # an ordinary week
        (date(2026, 11, 25), 4, date(2026, 12, 1)),  # over a weekend
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # from a Saturday
        (date(2026, 11, 29), 4, date(2026, 12, 3)),  # from a Sunday
        (date(2026, 12, 23), 1, date(2026, 12, 28)),  # Christmas Eve (Thursday), Christmas Day, weekend
        (date(2026, 12, 23), 4, date(2026, 12, 31)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # New Year's Day is a Friday
        (date(2027, 1, 5), 1, date(2027, 1, 7)),  # Epiphany
        (date(2027, 3, 25), 1, date(2027, 3, 30)),  # Good Friday to Easter Monday
        (date(2027, 5, 5), 1, date(2027, 5, 7)),  # Ascension Day
        (date(2027, 6, 24), 1, date(2027, 6, 28)),  # Midsummer Eve is a Friday
        (date(2025, 12, 5), 1, date(2025, 12, 8)),  # Independence Day on a Saturday moves nothing
        (date(2026, 11, 28), 0, date(2026, 11, 30)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_working_days_after(day: date, count: int, expected: date) -> None:
    assert FinnishWorkingDays().after(day, count) == expected


@pytest.mark.parametrize("year", range(2026, 2037))
def test_eves_on_which_nothing_is_delivered(year: int) -> None:
    days = FinnishWorkingDays()
    midsummer_eve = next(day for day in (date(year, 6, 19) + timedelta(n) for n in range(7)) if day.weekday() == 4)
    for eve in (midsummer_eve, date(year, 12, 24)):
        assert days.after(eve - timedelta(days=1), 1) > eve


def test_a_later_count_is_a_later_day() -> None:
    days = FinnishWorkingDays()
    found = [days.after(date(2026, 12, 1), count) for count in range(1, 60)]
    assert found == sorted(set(found))


def test_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        FinnishWorkingDays().after(date(2026, 11, 23), -1)
