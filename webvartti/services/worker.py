"""What happens by itself: sealing the audit, sending messages, settling held orders, throwing away what has expired."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.errors import AdapterUnavailable, MessageNotSent
from webvartti.domain.messages import Message
from webvartti.domain.ports import MessageSender
from webvartti.domain.repositories import UnitsOfWork
from webvartti.domain.sessions import SessionLimits
from webvartti.services.audit import Audit
from webvartti.services.held_orders import HeldOrders
from webvartti.services.review import Review

log = logging.getLogger(__name__)

DRAFT_LIFETIME = timedelta(days=30)
KEY_LIFETIME = timedelta(days=30)
"""How long a form that was sent can be sent again and still lead to its order."""
SENT_MESSAGE_LIFETIME = timedelta(days=30)
_MESSAGES_AT_ONCE = 20
_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of the worker did."""

    sealed: int
    sent: int
    failed: int
    expired: int
    settled: int
    decided: int


@dataclass(frozen=True, slots=True)
class Worker:
    """One round after another; ``webvartti worker`` and ``webvartti serve`` repeat ``run``."""

    units: UnitsOfWork
    audit: Audit
    sender: MessageSender
    limits: SessionLimits
    held: HeldOrders
    review: Review

    def run(self, now: datetime) -> Round:
        """Do what is due. Raises AdapterUnavailable where the database can't be used; the next round tries again."""
        sealed = self.audit.seal_pending(now)
        sent, failed = self._send(now)
        expired = self._expire(now)
        decided = self.review.settle(now)
        return Round(sealed, sent, failed, expired, self.held.settle(now), decided)

    def waiting(self) -> tuple[Message, ...]:
        """Messages that are not sent yet, for the operator."""
        with self.units.reading() as unit:
            return unit.outbox.waiting()

    def _send(self, now: datetime) -> tuple[int, int]:
        with self.units.reading() as unit:
            due = unit.outbox.due(now, _MESSAGES_AT_ONCE)
        sent = 0
        for message in due:
            try:
                self.sender.send(message)
            except MessageNotSent:
                log.warning("message %s not sent, attempt %s", message.id, message.attempts + 1)
                self._put_off(message, now)
            else:
                with self.units.writing() as unit:
                    unit.outbox.sent(message, now)
                    unit.commit()
                sent += 1
        return sent, len(due) - sent

    def _put_off(self, message: Message, now: datetime) -> None:
        """Twice as long each time, from a minute to about a day."""
        wait = timedelta(minutes=2 ** min(message.attempts, _MOST_DOUBLINGS))
        with self.units.writing() as unit:
            unit.outbox.failed(message, next_try=now + wait)
            unit.commit()

    def _expire(self, now: datetime) -> int:
        with self.units.writing() as unit:
            gone = unit.tickets.delete_expired(now)
            gone += unit.attempts.delete_spent(now)
            gone += unit.sessions.delete_expired(now, now - self.limits.idle)
            gone += unit.drafts.delete_older_than(now - DRAFT_LIFETIME)
            gone += unit.idempotency.delete_older_than(now - KEY_LIFETIME)
            gone += unit.outbox.delete_sent_before(now - SENT_MESSAGE_LIFETIME)
            if gone:
                unit.commit()
        return gone


def run_quietly(worker: Worker, now: datetime) -> Round | None:
    """One round in a loop that must not end: what went wrong is logged, and tried again in the next round."""
    try:
        return worker.run(now)
    except AdapterUnavailable as problem:
        log.warning("the worker's round was not finished: %s", problem.code)
    except Exception as problem:
        # the type only: the text of an unexpected exception may hold personal data
        log.error("the worker's round failed unexpectedly: %s", type(problem).__name__)
    return None
