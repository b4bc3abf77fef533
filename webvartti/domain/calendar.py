"""Finnish days: rights, windows and estimates are counted in them, and pages show them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

FINNISH_TIME = ZoneInfo("Europe/Helsinki")


def finnish_day(moment: datetime) -> date:
    """The calendar day in Finland at this moment."""
    return moment.astimezone(FINNISH_TIME).date()
