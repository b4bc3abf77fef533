"""Finnish working days, in which the arrival of cards and letters is counted."""

from __future__ import annotations

from datetime import date

from holidays import country_holidays


class FinnishWorkingDays:
    """Implements ``domain.ports.WorkingDays``.

    Free are Saturdays, Sundays and the public holidays. The library counts Midsummer Eve and Christmas Eve among the latter:
    by law they are ordinary days, but by the collective agreements nobody works and Posti delivers nothing, which is what
    counts here. The tests hold the library to it.
    """

    def __init__(self) -> None:
        self._holidays = country_holidays("FI")  # works out a year when it is first asked about, and remembers it

    def after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; with 0 the day itself, or the first working day after it.

        Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError("a count of working days is not negative")
        return self._holidays.get_nth_working_day(day, count)
