"""Messages waiting to be sent, and what visitors wrote to us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, delete, func, or_, select, update

from webvartti.domain.errors import NotFound
from webvartti.domain.messages import Feedback, Message, MessageKind
from webvartti.storage.record_tables import feedback, outbox
from webvartti.storage.transaction import Transaction

_NOT_SENT = outbox.c.sent_at.is_(None)


class MessageOutbox:
    """As ``domain.repositories.Outbox`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, message: Message, now: datetime) -> None:
        values = {
            "kind": message.kind.value,
            "to_address": message.to,
            "language": message.language,
            "fill_in": dict(message.values),
            "attempts": message.attempts,
            "not_before": message.not_before,
            "created_at": now,
        }
        self._transaction.insert(outbox, values)

    def due(self, now: datetime, limit: int) -> tuple[Message, ...]:
        """Oldest first."""
        may_go = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
        due = select(outbox).where(_NOT_SENT, may_go).order_by(outbox.c.id).limit(limit)
        return tuple(_message_of(row) for row in self._transaction.rows(due))

    def sent(self, message: Message, now: datetime) -> None:
        """Raises NotFound where there is no such message."""
        self._change(message, {"sent_at": now})

    def claim(self, message: Message, *, until: datetime) -> bool:
        """One UPDATE: of two who have seen the same attempts, one gets the message."""
        as_seen = (outbox.c.id == message.id) & (outbox.c.attempts == message.attempts) & _NOT_SENT
        return (
            self._transaction.change(update(outbox).where(as_seen).values(attempts=message.attempts + 1, not_before=until)) > 0
        )

    def put_off(self, message: Message, *, next_try: datetime) -> None:
        """Not again before ``next_try``. Raises NotFound."""
        self._change(message, {"not_before": next_try})

    def delete_sent_before(self, moment: datetime) -> int:
        """How many were deleted; what isn't sent stays."""
        return self._transaction.change(delete(outbox).where(outbox.c.sent_at < moment))

    def waiting(self) -> tuple[Message, ...]:
        """The most tried first."""
        waiting = select(outbox).where(_NOT_SENT).order_by(outbox.c.attempts.desc(), outbox.c.id)
        return tuple(_message_of(row) for row in self._transaction.rows(waiting))

    def _change(self, message: Message, values: dict[str, object]) -> None:
        if not self._transaction.change(update(outbox).where(outbox.c.id == message.id).values(values)):
            raise NotFound(str(message.id))


def _message_of(row: RowMapping) -> Message:
    return Message(
        kind=MessageKind(row["kind"]),
        to=row["to_address"],
        language=row["language"],
        values=row["fill_in"],
        id=row["id"],
        attempts=row["attempts"],
        not_before=row["not_before"],
    )


class Feedbacks:
    """As ``domain.repositories.FeedbackRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, feedback_given: Feedback) -> None:
        values = {
            "at": feedback_given.at,
            "language": feedback_given.language,
            "page": feedback_given.page,
            "text": feedback_given.text,
            "reply_to": feedback_given.reply_to,
        }
        self._transaction.insert(feedback, values)

    def recent(self, limit: int) -> tuple[Feedback, ...]:
        """Newest first."""
        rows = self._transaction.rows(select(feedback).order_by(feedback.c.id.desc()).limit(limit))
        return tuple(Feedback(row["at"], row["language"], row["page"], row["text"], row["reply_to"], row["id"]) for row in rows)

    def delete(self, number: int) -> bool:
        return self._transaction.change(delete(feedback).where(feedback.c.id == number)) > 0

    def count_since(self, moment: datetime) -> int:
        row = self._transaction.row(select(func.count().label("count")).where(feedback.c.at >= moment))
        return 0 if row is None else int(row["count"])
