"""How long personal data stay, and which of them are due to go.

No source was found that names these terms for this service, so every term is the operator's, and none means for good. Terms are
whole months and count in Finnish days: with 60 months on 23.11.2031, what last happened on 22.11.2026 goes, and what happened
on the 23rd stays until tomorrow.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from webvartti.domain.calendar import FINNISH_TIME, finnish_day
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import OPEN_STATES, OrderState

CLOSED_STATES = frozenset(OrderState) - OPEN_STATES
"""An order in one of these can go. One that is on its way never does, however old it is."""


class Kind(StrEnum):
    """What has a term of its own, in the order in which it goes: orders first, for they hold contacts and the audit back."""

    ORDERS = "orders"
    CONTACTS = "contacts"
    AUDIT = "audit"
    FEEDBACK = "feedback"
    MESSAGES = "messages"

    @property
    def setting(self) -> str:
        """The environment variable of its term."""
        return f"WEBVARTTI_RETENTION_{self.name}_MONTHS"


class NoTermSet(WebVarttiError):
    """Everything is kept for good, so there is nothing to look for."""

    code = "no-retention-term"

    def __init__(self) -> None:
        names = ", ".join(kind.setting for kind in Kind)
        super().__init__(f"everything is kept for good. Set at least one of {names}: `webvartti retention terms` explains them")


class RetentionUnderWay(WebVarttiError):
    """Another run removes the same entries at this moment. What it has removed is removed; run this again later."""

    code = "retention-under-way"


class ClocksDiffer(WebVarttiError):
    """Nothing was deleted: by one of two clocks it may be too early."""

    code = "clocks-differ"

    def __init__(self, shared: datetime, machine: datetime) -> None:
        told = " and ".join(clock.isoformat(timespec="seconds") for clock in (shared, machine))
        super().__init__(
            f"nothing was deleted: the nodes' clock (with PostgreSQL the server's) and this machine's say {told}. "
            "What is deleted early is gone for good: set the wrong one right and run this again"
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """Whole months by kind; a kind that isn't there is kept for good."""

    months: Mapping[Kind, int]

    def cutoffs(self, now: datetime) -> dict[Kind, datetime]:
        """By kind the first moment that is kept, in the order in which kinds go. Raises NoTermSet."""
        if not self.months:
            raise NoTermSet
        return {kind: first_moment_kept(now, self.months[kind]) for kind in Kind if kind in self.months}


def first_moment_kept(now: datetime, months: int) -> datetime:
    """Midnight in Finland, so many months before today. Where that month is too short, its last day: nothing goes early."""
    today = finnish_day(now)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    return datetime.combine(date(year, month + 1, day), time(), FINNISH_TIME)


@dataclass(frozen=True, slots=True)
class Kept:
    """The oldest of a kind that stays. ``order`` and ``state`` are of the order that it is or that it belongs to."""

    at: datetime
    order: str = ""
    state: OrderState | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What of one kind goes: ``count`` of it, all from before the moment ``before``."""

    kind: Kind
    months: int
    before: datetime
    count: int
    oldest_kept: Kept | None

    @property
    def first_day_kept(self) -> date:
        """In Finland."""
        return finnish_day(self.before)
