"""What visitors tell those who run the service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webvartti.domain.errors import NotFound, WebVarttiError
from webvartti.domain.messages import Feedback
from webvartti.domain.repositories import UnitsOfWork

MOST_AN_HOUR = 200


class FeedbackFull(WebVarttiError):
    """More came within an hour than people write by hand."""

    code = "feedback-full"


@dataclass(frozen=True, slots=True)
class FeedbackBox:
    """Taking feedback in, and reading it."""

    units: UnitsOfWork

    def leave(self, feedback: Feedback) -> None:
        """Store it for the operators. Raises FeedbackFull, so that nobody can fill the disk with it."""
        with self.units.writing() as unit:
            if unit.feedback.count_since(feedback.at - timedelta(hours=1)) >= MOST_AN_HOUR:
                raise FeedbackFull
            unit.feedback.add(feedback)
            unit.commit()

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
