"""Idempotency keys: inserted first, so that two of the same can't both go on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from webvartti.domain.holders import Person
from webvartti.domain.orders import KeyAlreadyUsed
from webvartti.storage.forms import person_values
from webvartti.storage.order_tables import idempotency_keys
from webvartti.storage.transaction import Transaction

_NUMBER = select(idempotency_keys.c.number).where(
    idempotency_keys.c.key == bindparam("of_key"),
    idempotency_keys.c.person_namespace == bindparam("person_namespace"),
    idempotency_keys.c.person_serial_number == bindparam("person_serial_number"),
)


class Keys:
    """As ``domain.repositories.IdempotencyKeys`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def claim(self, key: str, person: Person, number: str, now: datetime) -> None:
        """Raises KeyAlreadyUsed; its number is empty where the key is another person's."""
        values = {"key": key, **person_values(person), "number": number, "created_at": now}
        if self._transaction.insert_unless_there(idempotency_keys, values, idempotency_keys.c.key) is None:
            raise KeyAlreadyUsed(self.number(key, person) or "")

    def number(self, key: str, person: Person) -> str | None:
        """None also where the key is another person's."""
        row = self._transaction.row(_NUMBER, {"of_key": key, **person_values(person)})
        return None if row is None else str(row["number"])

    def delete_older_than(self, moment: datetime) -> int:
        """How many were deleted."""
        return self._transaction.change(delete(idempotency_keys).where(idempotency_keys.c.created_at < moment))
