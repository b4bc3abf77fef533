"""What a person has filled in so far, and how they were last told to be reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from webvartti.domain.holders import CardId, Person
from webvartti.domain.orders import Contact
from webvartti.domain.repositories import Draft
from webvartti.storage.forms import card_values, person_values
from webvartti.storage.record_tables import contacts, drafts
from webvartti.storage.transaction import Transaction


class Drafts:
    """As ``domain.repositories.DraftRepository`` asks: one draft a person and card."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, person: Person, card: CardId) -> Draft | None:
        row = self._transaction.row(select(drafts).where(*_of(person, card)))
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
        self._transaction.change(delete(drafts).where(*_of(person, card)))

    def delete_older_than(self, moment: datetime) -> int:
        """How many were deleted."""
        return self._transaction.change(delete(drafts).where(drafts.c.updated_at < moment))


def _of(person: Person, card: CardId) -> tuple[ColumnElement[bool], ...]:
    return (
        drafts.c.person_namespace == person.namespace,
        drafts.c.person_serial_number == person.serial_number,
        drafts.c.issuer_key == card.issuer_key,
        drafts.c.card_serial == card.serial,
    )


class Contacts:
    """As ``domain.repositories.ContactRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, person: Person) -> Contact | None:
        row = self._transaction.row(
            select(contacts).where(
                contacts.c.person_namespace == person.namespace, contacts.c.person_serial_number == person.serial_number
            )
        )
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
