"""What retention asks of the main database: counting, and deleting some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from webvartti.domain.audit import Mark, Sealed
from webvartti.domain.retention import Kept, Kind

Key = tuple[int | str, ...]
"""What the database finds a row by."""


@dataclass(frozen=True, slots=True)
class Gone:
    """How many were deleted, and the numbers of those that were orders."""

    count: int
    orders: tuple[str, ...] = ()


class RetentionRepository(Protocol):
    """The rows of an order that has gone are nowhere left, but in the audit.

    ``before`` is the first moment that is kept. Of every kind but the audit, which goes from its old end only.
    """

    def count(self, kind: Kind, cutoffs: Mapping[Kind, datetime]) -> tuple[int, Kept | None]:
        """How many would go, were all kinds of ``cutoffs`` deleted, and the oldest that would stay.

        Raises AuditBroken where an entry of the audit's old end is missing.
        """
        ...

    def keys(self, kind: Kind, before: datetime) -> Sequence[Key]:
        """All that is due."""
        ...

    def delete(self, kind: Kind, keys: Sequence[Key], before: datetime) -> Gone:
        """Those of ``keys`` that are due still: an order that was opened again, or is being changed now, stays."""
        ...

    def audit_head(self, before: datetime, limit: int) -> tuple[Sealed, ...]:
        """The oldest sealed entries, up to the first that is kept, that is missing, or whose order exists. Nobody else can
        remove them until this unit of work ends.
        """
        ...

    def remove_head(self, head: Sequence[Sealed], mark: Mark) -> None:
        """Remove these entries with their seals, and put the mark in their place. Raises RetentionUnderWay."""
        ...
