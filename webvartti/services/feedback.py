"""What visitors tell those who run the service."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.domain.messages import Feedback
from webvartti.domain.repositories import UnitsOfWork


@dataclass(frozen=True, slots=True)
class FeedbackBox:
    """Taking feedback in, and reading it."""

    units: UnitsOfWork

    def leave(self, feedback: Feedback) -> None:
        """Store it for the operators."""
        with self.units.writing() as unit:
            unit.feedback.add(feedback)
            unit.commit()

    def read(self, limit: int) -> tuple[Feedback, ...]:
        """The newest first."""
        with self.units.reading() as unit:
            return unit.feedback.recent(limit)
