"""What happens by itself: sealing the audit, sending messages, settling held orders, throwing away what has expired."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webvartti.domain.card_checks import CHECK_LIFETIME
from webvartti.domain.errors import AdapterUnavailable, MessageNotSent
from webvartti.domain.jobs import Job, JobBoard
from webvartti.domain.messages import Message
from webvartti.domain.ports import MessageSender, Stopping, never
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
_SENDING_AT_MOST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of the worker did; ``elsewhere`` are the jobs that another worker has."""

    sealed: int = 0
    sent: int = 0
    failed: int = 0
    expired: int = 0
    settled: int = 0
    decided: int = 0
    elsewhere: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """One round after another; ``webvartti worker`` and ``webvartti serve`` repeat ``run``."""

    units: UnitsOfWork
    audit: Audit
    sender: MessageSender
    limits: SessionLimits
    held: HeldOrders
    review: Review
    board: JobBoard

    def run(self, now: datetime, stopping: Stopping = never) -> Round:
        """Do what is due, save what another worker is doing. One job's trouble doesn't keep the others from being done.

        Once ``stopping`` nothing else is begun: no job, batch, message or order. Raises the first problem of any kind, at the
        end; the next round tries again.
        """
        done = Round()
        problem: Exception | None = None
        for job, do in self._jobs(stopping).items():
            if stopping():
                break
            try:
                with self.board.taking(job, now) as mine:
                    done = do(done, now) if mine else replace(done, elsewhere=(*done.elsewhere, job))
            except AdapterUnavailable as trouble:
                log.warning("the job %s was not finished: %s", job, trouble.code)
                problem = problem or trouble
            except Exception as trouble:
                # the type only: the text of an unexpected exception may hold personal data
                log.error("the job %s failed unexpectedly: %s", job, type(trouble).__name__)
                problem = problem or trouble
        if problem is not None:
            raise problem
        return done

    def _jobs(self, stopping: Stopping) -> Mapping[Job, Callable[[Round, datetime], Round]]:
        return {
            Job.SEAL: lambda done, now: replace(done, sealed=self.audit.seal_pending(now, stopping)),
            Job.MESSAGES: lambda done, now: self._send(done, now, stopping),
            Job.EXPIRY: lambda done, now: replace(done, expired=self._expire(now)),
            Job.DECISIONS: lambda done, now: replace(done, decided=self.review.settle(now, stopping)),
            Job.HELD_ORDERS: lambda done, now: replace(done, settled=self.held.settle(now, stopping)),
        }

    def leave(self) -> None:
        """Let others take the jobs over at once. Raises AdapterUnavailable; then they take them over after a while."""
        self.board.leave()

    def waiting(self) -> tuple[Message, ...]:
        """Messages that are not sent yet, for the operator."""
        with self.units.reading() as unit:
            return unit.outbox.waiting()

    def _send(self, done: Round, now: datetime, stopping: Stopping) -> Round:
        with self.units.reading() as unit:
            due = unit.outbox.due(now, _MESSAGES_AT_ONCE)
        sent = failed = 0
        until = time.monotonic() + _SENDING_AT_MOST.total_seconds() / 2
        for message in due:
            if stopping() or time.monotonic() > until:
                break  # a slow mail server: what is claimed later would be due again before it is sent
            if not self._claim(message, now):
                continue  # another worker is sending it
            try:
                self.sender.send(message)
            except MessageNotSent:
                log.warning("message %s not sent, attempt %s", message.id, message.attempts + 1)
                self._put_off(message, now)
                failed += 1
            else:
                with self.units.writing() as unit:
                    unit.outbox.sent(message, now)
                    unit.commit()
                sent += 1
        return replace(done, sent=sent, failed=failed)

    def _claim(self, message: Message, now: datetime) -> bool:
        """A worker that dies while it sends leaves the message to be sent again after a while: late or twice, but never not."""
        with self.units.writing() as unit:
            claimed = unit.outbox.claim(message, until=now + _SENDING_AT_MOST)
            unit.commit()
        return claimed

    def _put_off(self, message: Message, now: datetime) -> None:
        """Twice as long each time, from a minute to about a day."""
        wait = timedelta(minutes=2 ** min(message.attempts, _MOST_DOUBLINGS))
        with self.units.writing() as unit:
            unit.outbox.put_off(message, next_try=now + wait)
            unit.commit()

    def _expire(self, now: datetime) -> int:
        with self.units.writing() as unit:
            gone = unit.tickets.delete_expired(now)
            gone += unit.attempts.delete_spent(now)
            gone += unit.sessions.delete_expired(now, now - self.limits.idle)
            gone += unit.drafts.delete_older_than(now - DRAFT_LIFETIME)
            gone += unit.idempotency.delete_older_than(now - KEY_LIFETIME)
            gone += unit.outbox.delete_sent_before(now - SENT_MESSAGE_LIFETIME)
            gone += unit.card_checks.delete_older_than(now - CHECK_LIFETIME)
            if gone:
                unit.commit()
        return gone


def run_quietly(worker: Worker, now: datetime, stopping: Stopping = never) -> Round | None:
    """One round in a loop that must not end: what went wrong is logged, and tried again in the next round."""
    try:
        return worker.run(now, stopping)
    except AdapterUnavailable as problem:
        log.warning("the worker's round was not finished: %s", problem.code)
    except Exception as problem:
        # the type only: the text of an unexpected exception may hold personal data
        log.error("the worker's round failed unexpectedly: %s", type(problem).__name__)
    return None
