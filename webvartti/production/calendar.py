"""Finnish working days, in which the arrival of cards and letters is counted."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


class FinnishWorkingDays:
    """Implements ``domain.ports.WorkingDays``.

    Free are Saturdays, Sundays and the public holidays. The library counts Midsummer Eve and Christmas Eve among the latter:
    by law they are ordinary days, but by the collective agreements nobody works and Posti delivers nothing, which is what
    counts here. The tests hold the library to it.
    """

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; with 0 the day itself, or the first working day after it.

        Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError("a count of working days is not negative")
        return self._holidays.get_nth_working_day(day, count)

    @cached_property
    def _holidays(self) -> HolidayBase:
        """Works out a year when it is first asked about, and remembers it.

        The library brings the calendars of all countries, half a second and 15 megabytes: only who counts days waits for it.
        """
        from holidays import country_holidays

        return country_holidays("FI")
