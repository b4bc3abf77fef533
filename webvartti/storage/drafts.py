"""What a person has filled in so far, and how they were last told to be reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, select

from webvartti.domain.holders import CardId, Person
from webvartti.domain.orders import Contact
from webvartti.domain.repositories import Draft
from webvartti.storage.forms import card_values, person_values
from webvartti.storage.record_tables import contacts, drafts
from webvartti.storage.transaction import Transaction


def _of_key(table: Table) -> ColumnElement[bool]:
    """The row with the primary key that is bound when the statement runs."""
    return and_(*(column == bindparam(column.name) for column in table.primary_key))


_DRAFT, _DELETE = select(drafts).where(_of_key(drafts)), delete(drafts).where(_of_key(drafts))
_CONTACT = select(contacts).where(_of_key(contacts))


class Drafts:
    """As ``domain.repositories.DraftRepository`` asks: one draft a person and card."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, person: Person, card: CardId) -> Draft | None:
        row = self._transaction.row(_DRAFT, {**person_values(person), **card_values(card)})
        return None if row is None else Draft(person, card, row["fields"], row["updated_at"])

    def put(self, draft: Draft) -> None:
        values = {
            **person_values(draft.person),
            **card_values(draft.card),
            "fields": dict(draft.fields),
            "updated_at": draft.updated_at,
        }
        self._transaction.put(drafts, values)

    def delete(self, person: Person, card: CardId) -> None:
        self._transaction.change(_DELETE, {**person_values(person), **card_values(card)})

    def delete_older_than(self, moment: datetime) -> int:
        """How many were deleted."""
        return self._transaction.change(delete(drafts).where(drafts.c.updated_at < moment))


class Contacts:
    """As ``domain.repositories.ContactRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, person: Person) -> Contact | None:
        row = self._transaction.row(_CONTACT, person_values(person))
        return None if row is None else Contact(row["email"], row["telephone"], row["language"])

    def put(self, person: Person, contact: Contact, now: datetime) -> None:
        values = {
            **person_values(person),
            "email": contact.email,
            "telephone": contact.telephone,
            "language": contact.language,
            "updated_at": now,
        }
        self._transaction.put(contacts, values)
