"""Drafts, contacts, the outbox, feedback, snapshots."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from webvartti.domain.errors import NotFound
from webvartti.domain.holders import CardId, Person
from webvartti.domain.messages import Feedback, Message, MessageKind
from webvartti.domain.orders import Contact
from webvartti.domain.registers import Snapshot
from webvartti.domain.repositories import Draft
from webvartti.storage.unit_of_work import Storage

MINUTE = timedelta(minutes=1)


def test_a_draft_is_kept_for_one_person_and_one_card(storage: Storage, person: Person, card: CardId, now: datetime) -> None:
    draft = Draft(person, card, {"street": "Ålandsvägen 1", "letter_to": "home"}, now)
    other_card, other_person = CardId(card.issuer_key, "2"), Person("staff", person.serial_number)
    with storage.writing() as unit:
        unit.drafts.put(draft)
        unit.drafts.put(replace(draft, card=other_card, fields={}))
        assert unit.drafts.get(person, card) == draft
        assert unit.drafts.get(person, other_card) == replace(draft, card=other_card, fields={})
        assert unit.drafts.get(other_person, card) is None
        changed = replace(draft, fields={"street": "PL 1"}, updated_at=now + MINUTE)
        unit.drafts.put(changed)
        assert unit.drafts.get(person, card) == changed
        unit.drafts.delete(person, card)
        unit.drafts.delete(person, card)
        assert unit.drafts.get(person, card) is None
        assert unit.drafts.get(person, other_card) is not None


def test_old_drafts_are_deleted(storage: Storage, person: Person, card: CardId, now: datetime) -> None:
    with storage.writing() as unit:
        unit.drafts.put(Draft(person, card, {}, now))
        unit.drafts.put(Draft(person, CardId("a", "1"), {}, now - MINUTE))
        assert unit.drafts.delete_older_than(now) == 1
        assert unit.drafts.delete_older_than(now) == 0
        assert unit.drafts.get(person, card) is not None


def test_the_last_contact_counts(storage: Storage, person: Person, now: datetime) -> None:
    with storage.writing() as unit:
        assert unit.contacts.get(person) is None
        unit.contacts.put(person, Contact("old@example.fi", "040 123", "fi"), now)
        unit.contacts.put(person, Contact("new@example.fi", "", "sv"), now + MINUTE)
        unit.contacts.put(Person("staff", "1"), Contact("x@example.fi", "", "en"), now)
        assert unit.contacts.get(person) == Contact("new@example.fi", "", "sv")


def test_the_outbox_gives_what_is_due_oldest_first(storage: Storage, now: datetime) -> None:
    message = Message(MessageKind.ORDER_RECEIVED, "åsa@example.fi", "sv", {"number": "WV-1", "name": "Åsa"})
    with storage.writing() as unit:
        unit.outbox.add(message, now)
        unit.outbox.add(replace(message, not_before=now + MINUTE), now)
        unit.outbox.add(replace(message, not_before=now), now)
        assert unit.outbox.due(now, 10) == (replace(message, id=1), replace(message, id=3, not_before=now))
        assert [one.id for one in unit.outbox.due(now, 1)] == [1]
        assert [one.id for one in unit.outbox.due(now + MINUTE, 10)] == [1, 2, 3]


def test_a37_a_failed_message_waits_is_counted_and_is_shown(storage: Storage, now: datetime) -> None:
    message = Message(MessageKind.ORDER_APPROVED, "a@example.fi", "fi")
    with storage.writing() as unit:
        for _ in range(3):
            unit.outbox.add(message, now)
        first, second, third = unit.outbox.due(now, 10)
        assert unit.outbox.claim(second, until=now + MINUTE)
        assert not unit.outbox.claim(second, until=now + MINUTE)
        unit.outbox.sent(first, now)
        assert unit.outbox.due(now, 10) == (third,)
        assert unit.outbox.waiting() == (replace(second, attempts=1, not_before=now + MINUTE), third)
        assert [one.id for one in unit.outbox.due(now + MINUTE, 10)] == [2, 3]


def test_a_message_that_is_not_in_the_outbox_is_not_found(storage: Storage, now: datetime) -> None:
    unknown = Message(MessageKind.ORDER_APPROVED, "a@example.fi", "fi", id=99)
    with storage.writing() as unit:
        with pytest.raises(NotFound):
            unit.outbox.sent(unknown, now)
        with pytest.raises(NotFound):
            unit.outbox.put_off(unknown, next_try=now)
        assert not unit.outbox.claim(unknown, until=now)


def test_feedback_newest_first(storage: Storage, now: datetime) -> None:
    one = Feedback(now, "fi", "/", "Hyvä!\nKiitos \U0001f44d", "")
    other = Feedback(now + MINUTE, "sv", "/kort", "Bra", "åsa@example.fi")
    with storage.writing() as unit:
        unit.feedback.add(one)
        unit.feedback.add(other)
        assert unit.feedback.recent(10) == (replace(other, id=2), replace(one, id=1))
        assert unit.feedback.recent(1) == (replace(other, id=2),)


def test_the_snapshot_recorded_last_is_the_one_in_use(storage: Storage, now: datetime) -> None:
    rights = Snapshot("rights", 8, "a" * 64, 200_000)
    crl = Snapshot("CN=Demo CA", 2**159 + 1, "b" * 64, 0)
    with storage.writing() as unit:
        assert unit.snapshots.latest() == ()
        for snapshot in (rights, crl, replace(rights, number=7, sha256="c" * 64)):
            unit.snapshots.record(snapshot, now)
        assert unit.snapshots.latest() == (crl, replace(rights, number=7, sha256="c" * 64))
