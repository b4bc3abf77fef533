"""Who does which job of the worker, as ``domain.jobs.JobBoard`` asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, or_, select, update

from webvartti.domain.jobs import LEASE, Job
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.node_tables import worker_jobs
from webvartti.storage.transaction import Transaction
from webvartti.storage.unit_of_work import Storage


def _row(job: Job) -> dict[str, object]:
    return {"name": job.value, "holder": "", "held_until": None, "finished_at": None}


def _finished(storage: Storage) -> Mapping[Job, datetime]:
    question = select(worker_jobs.c.name, worker_jobs.c.finished_at).where(worker_jobs.c.finished_at.is_not(None))
    with storage.transaction(writing=False) as transaction:
        rows = transaction.rows(question)
    known = {job.value for job in Job}
    return {Job(row["name"]): row["finished_at"] for row in rows if row["name"] in known}


@dataclass(frozen=True, slots=True)
class LockedJobs:
    """On PostgreSQL: whoever does a job holds its row's lock. It goes with the connection, so nobody's clock is asked."""

    storage: Storage

    @contextmanager
    def taking(self, job: Job, now: datetime) -> Iterator[bool]:
        """Raises StorageUnavailable, also at the end of the block where the connection broke meanwhile."""
        with self.storage.transaction(writing=True) as transaction:
            mine = self._lock(transaction, job)
            yield mine
            if mine:
                transaction.change(update(worker_jobs).where(worker_jobs.c.name == job.value).values(finished_at=now))
                transaction.commit()

    def _lock(self, transaction: Transaction, job: Job) -> bool:
        free = select(worker_jobs.c.name).where(worker_jobs.c.name == job.value).with_for_update(skip_locked=True)
        if transaction.row(free) is not None:
            return True
        if transaction.row(select(worker_jobs.c.name).where(worker_jobs.c.name == job.value)) is not None:
            return False
        with self.storage.transaction(
            writing=True
        ) as first:  # seen by the others at once, or two of them would wait for each other
            try:
                first.insert(worker_jobs, _row(job))
                first.commit()
            except ConstraintViolated:
                return False  # another worker was faster
        return transaction.row(free) is not None

    def leave(self) -> None:
        """Nothing to give back: a lock lasts as long as its block."""

    def finished(self) -> Mapping[Job, datetime]:
        """Raises StorageUnavailable."""
        return _finished(self.storage)


@dataclass(frozen=True, slots=True)
class LeasedJobs:
    """On SQLite, where a lock would keep every writer out: a job is its holder's for ``LEASE``, and renewed when half is over.

    All workers are on one machine, so their clock is one. ``holder`` must be another for each worker.
    """

    storage: Storage
    holder: str
    _renew_at: dict[Job, datetime] = field(default_factory=dict)
    _finished_at: dict[Job, datetime] = field(default_factory=dict)

    @contextmanager
    def taking(self, job: Job, now: datetime) -> Iterator[bool]:
        """Raises StorageUnavailable."""
        mine = self._take(job, now)
        yield mine
        if mine:
            self._finished_at[job] = now

    def _take(self, job: Job, now: datetime) -> bool:
        renew_at = self._renew_at.get(job)
        if renew_at is not None and renew_at - LEASE / 2 <= now < renew_at:
            return True
        self._renew_at.pop(job, None)
        free = or_(
            worker_jobs.c.holder.in_(["", self.holder]),
            worker_jobs.c.held_until <= now,
            worker_jobs.c.held_until > now + 10 * LEASE,  # written by a clock that has been put back since
        )
        values = {"holder": self.holder, "held_until": now + LEASE, **self._finish(job)}
        with self.storage.transaction(writing=True) as transaction:
            taken = transaction.change(update(worker_jobs).where(worker_jobs.c.name == job.value, free).values(values)) > 0
            if not taken:
                try:
                    taken = transaction.attempt(insert(worker_jobs), {"name": job.value, **values}) > 0
                except ConstraintViolated:
                    return False  # another worker has it
            transaction.commit()
        self._renew_at[job] = now + LEASE / 2
        return taken

    def _finish(self, job: Job) -> Mapping[str, datetime]:
        return {"finished_at": self._finished_at[job]} if job in self._finished_at else {}

    def leave(self) -> None:
        """Raises StorageUnavailable."""
        self._renew_at.clear()
        with self.storage.transaction(writing=True) as transaction:
            for job in Job:
                mine = (worker_jobs.c.name == job.value) & (worker_jobs.c.holder == self.holder)
                transaction.change(update(worker_jobs).where(mine).values(holder="", held_until=None, **self._finish(job)))
            transaction.commit()

    def finished(self) -> Mapping[Job, datetime]:
        """As of each job's last renewal, half a lease ago at the most: a round that finds nothing to do writes nothing.

        Raises StorageUnavailable.
        """
        return _finished(self.storage)


def job_board(storage: Storage, holder: str) -> LockedJobs | LeasedJobs:
    """The board of this database. ``holder`` names this worker and no other."""
    return LeasedJobs(storage, holder) if storage.one_writer else LockedJobs(storage)
