"""What visitors tell those who run the service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webvartti.domain.errors import NotFound, WebVarttiError
from webvartti.domain.limits import NOBODY, Client, Purpose
from webvartti.domain.messages import Feedback
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.services.limits import Limiter

MOST_AN_HOUR = 2000
"""From everybody together: nobody can fill the disk from many addresses (40 MB an hour at the most). Whoever floods from one
browser or one address has met a limit of their own long before, and silences nobody else."""


class FeedbackFull(WebVarttiError):
    """More came within an hour than people write by hand."""

    code = "feedback-full"


@dataclass(frozen=True, slots=True)
class FeedbackBox:
    """Taking feedback in, and reading it."""

    units: UnitsOfWork
    limiter: Limiter

    def leave(self, feedback: Feedback, client: Client = NOBODY) -> None:
        """Store it for the operators. Raises LimitReached where this client has left much, FeedbackFull where everybody has."""

        def add(unit: UnitOfWork) -> None:
            self.limiter.spend(unit, Purpose.FEEDBACK, client, feedback.at)
            if unit.feedback.count_since(feedback.at - timedelta(hours=1)) >= MOST_AN_HOUR:
                raise FeedbackFull
            unit.feedback.add(feedback)
            unit.commit()

        self.units.serially(add)

    def delete(self, number: int) -> None:
        """Delete what has been handled. Raises NotFound."""
        with self.units.writing() as unit:
            if not unit.feedback.delete(number):
                raise NotFound(f"there is no feedback {number}")
            unit.commit()

    def read(self, limit: int) -> tuple[Feedback, ...]:
        """The newest first."""
        with self.units.reading() as unit:
            return unit.feedback.recent(limit)
