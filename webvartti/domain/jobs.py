"""The worker's jobs. Each is done by one worker at a time, wherever the others run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

LEASE = timedelta(seconds=30)
"""How long a job is a worker's on SQLite, where nobody can hold a lock for long and nothing tells that a worker has died."""


class Job(StrEnum):
    """What the worker does, in the order of a round."""

    SEAL = "seal"
    MESSAGES = "messages"
    EXPIRY = "expiry"
    DECISIONS = "decisions"
    HELD_ORDERS = "held-orders"


class JobBoard(Protocol):
    """Who does which job. What a job does is guarded by itself all the same: this only keeps workers from doing it in vain."""

    def taking(self, job: Job, now: datetime) -> AbstractContextManager[bool]:
        """True where the job is this worker's until the block ends (on SQLite for ``LEASE``); False where it is another's."""
        ...

    def leave(self) -> None:
        """Give back whatever this worker still has, so that another one needn't wait."""
        ...

    def finished(self) -> Mapping[Job, datetime]:
        """When each job was last finished by anybody; a job that never was is missing."""
        ...
