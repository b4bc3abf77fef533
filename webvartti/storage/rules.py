"""Policies that people have changed, and what the rules saw of each order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import RowMapping, exists, func, select, update

from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.review_repositories import DecisionInput
from webvartti.domain.rules import PolicyChange, PolicyChangeGone
from webvartti.storage.fact_forms import facts_from_json, facts_to_json, policy_from_json, policy_to_json
from webvartti.storage.forms import actor_from_row, actor_values
from webvartti.storage.order_tables import orders
from webvartti.storage.review_tables import decision_inputs, policy_changes
from webvartti.storage.transaction import Transaction

_IN_FORCE = (
    select(policy_changes)
    .where(policy_changes.c.in_force)
    .order_by(policy_changes.c.settled_at.desc(), policy_changes.c.id.desc())
    .limit(1)
)


class Policies:
    """As ``domain.review_repositories.PolicyRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def current(self) -> PolicyChange | None:
        row = self._transaction.row(_IN_FORCE)
        return None if row is None else _change_of(row)

    def proposed(self) -> tuple[PolicyChange, ...]:
        waiting = select(policy_changes).where(policy_changes.c.settled_at.is_(None)).order_by(policy_changes.c.id)
        return tuple(_change_of(row) for row in self._transaction.rows(waiting))

    def history(self, limit: int) -> tuple[PolicyChange, ...]:
        newest = select(policy_changes).order_by(policy_changes.c.id.desc()).limit(limit)
        return tuple(_change_of(row) for row in self._transaction.rows(newest))

    def propose(self, change: PolicyChange) -> int:
        values = {
            "window_days": change.policy.window_days,
            "automatic_decisions": change.policy.automatic_decisions,
            **actor_values(change.proposed_by),
            "proposed_at": change.proposed_at,
            "in_force": False,
        }
        return self._transaction.insert_numbered(policy_changes, values)

    def settle(self, change: PolicyChange, *, by: Actor, in_force: bool, now: datetime) -> None:
        waiting = (policy_changes.c.id == change.id) & policy_changes.c.settled_at.is_(None)
        values = {"settled_by_kind": by.kind.value, "settled_by_name": by.name, "settled_at": now, "in_force": in_force}
        if not self._transaction.change(update(policy_changes).where(waiting).values(values)):
            raise PolicyChangeGone


def _change_of(row: RowMapping) -> PolicyChange:
    settled = None if row["settled_by_kind"] is None else Actor(ActorKind(row["settled_by_kind"]), row["settled_by_name"])
    policy = RenewalPolicy(row["window_days"], row["automatic_decisions"])
    about = policy, actor_from_row(row), row["proposed_at"], settled, row["settled_at"], row["in_force"]
    return PolicyChange(*about, id=row["id"])


class DecisionInputs:
    """As ``domain.review_repositories.DecisionInputRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def put(self, stored: DecisionInput) -> None:
        values = {"number": stored.number, "at": stored.at, "facts": facts_to_json(stored.facts)}
        self._transaction.put(decision_inputs, {**values, "policy": policy_to_json(stored.policy)})

    def get(self, number: str) -> DecisionInput | None:
        row = self._transaction.row(select(decision_inputs).where(decision_inputs.c.number == number))
        return None if row is None else _input_of(row)

    def since(self, moment: datetime) -> Iterator[DecisionInput]:
        newer = select(decision_inputs).where(decision_inputs.c.at >= moment)
        for row in self._transaction.stream(newer.order_by(decision_inputs.c.at, decision_inputs.c.number)):
            yield _input_of(row)

    def counts(self, moment: datetime) -> tuple[int, int]:
        has_inputs = exists().where(decision_inputs.c.number == orders.c.number)
        questions = (
            select(func.count().label("count")).select_from(decision_inputs).where(decision_inputs.c.at >= moment),
            select(func.count().label("count")).select_from(orders).where(orders.c.placed_at >= moment, ~has_inputs),
        )
        rows = [self._transaction.row(question) for question in questions]
        stored, without = (0 if row is None else int(row["count"]) for row in rows)
        return stored, without


def _input_of(row: RowMapping) -> DecisionInput:
    return DecisionInput(row["number"], row["at"], facts_from_json(row["facts"]), policy_from_json(row["policy"]))
