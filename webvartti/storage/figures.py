"""Moments of orders and decisions, for figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from webvartti.domain.events import ActorKind
from webvartti.storage.order_tables import decisions, orders
from webvartti.storage.review_tables import cases
from webvartti.storage.transaction import Transaction


class Figures:
    """As ``domain.figures.FigureRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def placed_since(self, moment: datetime) -> Sequence[datetime]:
        rows = self._transaction.rows(select(orders.c.placed_at).where(orders.c.placed_at >= moment))
        return [row["placed_at"] for row in rows]

    def decided_since(self, moment: datetime) -> Sequence[tuple[datetime, ActorKind, datetime]]:
        question = select(decisions.c.at, decisions.c.actor_kind, orders.c.placed_at)
        joined = question.join(orders, orders.c.id == decisions.c.order_id).where(decisions.c.at >= moment)
        return [(row["at"], ActorKind(row["actor_kind"]), row["placed_at"]) for row in self._transaction.rows(joined)]

    def open_since(self) -> Sequence[datetime]:
        joined = select(orders.c.placed_at).join(cases, cases.c.order_id == orders.c.id)
        return [row["placed_at"] for row in self._transaction.rows(joined.where(cases.c.place_at.is_not(None)))]
