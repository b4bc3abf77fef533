"""Counting attempts in the main database, in the transaction of what is attempted where there is one."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.limits import Allowance, Client, CountedBy, LimitReached, Purpose
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork

_KEY_BYTES = 16
"""Enough that no two of those who are counted at a time share a key."""


@dataclass(frozen=True, slots=True)
class Limiter:
    """``key`` makes the names of those who are counted unreadable: what is stored is no address, no serial and no cookie."""

    units: UnitsOfWork
    key: bytes
    policy: Mapping[Purpose, Allowance]

    def spend(self, unit: UnitOfWork, purpose: Purpose, client: Client, now: datetime) -> None:
        """Count one attempt; the unit's commit makes it count. Raises LimitReached: leave the unit without a commit then, so
        that a refused attempt spends nothing.
        """
        allowance = self.policy[purpose]
        costs = {
            self._stored(purpose, by, name): allowance.cost(by)
            for by, name in client.names().items()
            if by in allowance.most
        }  # fmt: skip
        if not costs:
            return
        # A moment beyond this was written by a node whose clock is wrong by more than a period: it must keep nobody out.
        latest = now + 2 * allowance.period
        spent = unit.attempts.spend(costs, latest, now)
        wait = max(allowance.wait(moment, now) for moment in spent.values())
        if wait:
            raise LimitReached(purpose, now + wait)

    def count(self, purpose: Purpose, client: Client, now: datetime) -> None:
        """Count one attempt by itself, in a commit of its own. Raises LimitReached."""
        with self.units.writing() as unit:
            self.spend(unit, purpose, client, now)
            unit.commit()

    def _stored(self, purpose: Purpose, by: CountedBy, name: str) -> str:
        return hmac.digest(self.key, f"limit\n{purpose}\n{by}\n{name}".encode(), "sha256")[:_KEY_BYTES].hex()
