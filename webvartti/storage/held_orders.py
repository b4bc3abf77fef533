"""Orders that wait for fresh revocation data."""

from __future__ import annotations

from sqlalchemy import delete, select

from webvartti.domain.held_orders import HeldOrder
from webvartti.storage.forms import holder_from_columns, holder_to_columns
from webvartti.storage.order_tables import held_orders
from webvartti.storage.transaction import Transaction


class HeldOrders:
    """As ``domain.repositories.HeldOrderRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, held: HeldOrder) -> None:
        values = {"number": held.number, **holder_to_columns(held.holder), "placed_at": held.placed_at}
        self._transaction.insert(held_orders, values)

    def waiting(self) -> tuple[HeldOrder, ...]:
        rows = self._transaction.rows(select(held_orders).order_by(held_orders.c.placed_at, held_orders.c.number))
        return tuple(HeldOrder(row["number"], holder_from_columns(row), row["placed_at"]) for row in rows)

    def delete(self, number: str) -> None:
        self._transaction.change(delete(held_orders).where(held_orders.c.number == number))
