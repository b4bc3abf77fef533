"""What the holder is told outside the pages. A message is stored in the transaction of what it tells, and sent afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class MessageKind(StrEnum):
    """Which message; its words are in the message catalogue."""

    ORDER_RECEIVED = "order-received"
    ORDER_APPROVED = "order-approved"
    ORDER_REJECTED = "order-rejected"
    ORDER_WITHDRAWN = "order-withdrawn"
    ORDER_HELD = "order-held"
    ORDER_RELEASED = "order-released"
    ORDER_STOPPED = "order-stopped"
    ORDER_QUESTION = "order-question"
    CONTACT_CHANGED = "contact-changed"


@dataclass(frozen=True, slots=True)
class Message:
    """One e-mail to one address, in one language. ``values`` fill its words; ``id`` is given by the database, 0 before."""

    kind: MessageKind
    to: str
    language: str
    values: Mapping[str, str] = field(default_factory=dict)
    id: int = 0
    attempts: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a visitor wrote to those who run the service. ``reply_to`` is empty where no answer is wanted."""

    at: datetime
    language: str
    page: str
    text: str
    reply_to: str = ""
    id: int = 0


class FeedbackRepository(Protocol):
    """What visitors wrote."""

    def count_since(self, moment: datetime) -> int: ...

    def add(self, feedback: Feedback) -> None: ...

    def recent(self, limit: int) -> tuple[Feedback, ...]: ...

    def delete(self, number: int) -> bool:
        """True where there was one with this id."""
        ...
