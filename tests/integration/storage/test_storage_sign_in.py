"""Tickets and sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from webvartti.domain.holders import Person
from webvartti.domain.sessions import Session, SessionKind, SessionLimits, Ticket
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.unit_of_work import Storage

SECOND = timedelta(seconds=1)


def test_a_ticket_comes_back_as_it_was_and_only_once(storage: Storage, ticket: Ticket, now: datetime) -> None:
    with storage.writing() as unit:
        unit.tickets.add(ticket)
        assert unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, now) == ticket
        assert unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, now) is None


@pytest.mark.parametrize(("late", "burns"), [(-SECOND, True), (timedelta(0), False), (SECOND, False)])
def test_a_ticket_ends_at_its_second(storage: Storage, ticket: Ticket, late: timedelta, burns: bool) -> None:
    with storage.writing() as unit:
        unit.tickets.add(ticket)
        burnt = unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, ticket.expires_at + late)
    assert (burnt is not None) is burns


def test_a_ticket_without_its_cookie_is_worth_nothing_and_stays_unburnt(
    storage: Storage, ticket: Ticket, now: datetime
) -> None:
    with storage.writing() as unit:
        unit.tickets.add(ticket)
        assert unit.tickets.burn(ticket.ticket_hash, "x" * 64, now) is None
        assert unit.tickets.burn("x" * 64, ticket.cookie_hash, now) is None
        assert unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, now) == ticket


def test_a_burn_that_is_not_committed_leaves_the_ticket(storage: Storage, ticket: Ticket, now: datetime) -> None:
    with storage.writing() as unit:
        unit.tickets.add(ticket)
        unit.commit()
    for _ in range(2):
        with storage.writing() as unit:
            assert unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, now) == ticket


def test_expired_tickets_are_deleted(storage: Storage, ticket: Ticket) -> None:
    with storage.writing() as unit:
        unit.tickets.add(ticket)
        assert unit.tickets.delete_expired(ticket.expires_at - SECOND) == 0
        assert unit.tickets.delete_expired(ticket.expires_at) == 1
        assert unit.tickets.delete_expired(ticket.expires_at) == 0


def test_a23_a_session_comes_back_as_it_was(storage: Storage, session: Session) -> None:
    with storage.writing() as unit:
        unit.sessions.add(session)
        unit.commit()
    with storage.reading() as unit:
        assert unit.sessions.get(session.id_hash) == session
        assert unit.sessions.get("x" * 64) is None


def test_a18_what_a_session_is_good_for_is_stored_with_it(
    storage: Storage, session: Session, ticket: Ticket, now: datetime
) -> None:
    draft = replace(session, kind=SessionKind.DRAFT)
    with storage.writing() as unit:
        unit.sessions.add(draft)
        unit.tickets.add(replace(ticket, kind=SessionKind.DRAFT))
        assert unit.sessions.get(session.id_hash) == draft
        burnt = unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, now)
    assert burnt is not None
    assert burnt.kind is SessionKind.DRAFT


def test_a_session_id_is_never_given_twice(storage: Storage, session: Session) -> None:
    with storage.writing() as unit:
        unit.sessions.add(session)
        with pytest.raises(ConstraintViolated):
            unit.sessions.add(session)


def test_a41_a_session_is_never_touched_back_in_time(storage: Storage, session: Session, now: datetime) -> None:
    with storage.writing() as unit:
        unit.sessions.add(session)
        unit.sessions.touch(session.id_hash, now + SECOND)
        unit.sessions.touch(session.id_hash, now - 300 * SECOND)
        unit.sessions.touch("x" * 64, now)
        assert unit.sessions.get(session.id_hash) == replace(session, last_seen_at=now + SECOND)


def test_sessions_are_deleted_one_by_one(storage: Storage, session: Session) -> None:
    other = replace(session, id_hash="o" * 64, holder=replace(session.holder, person=Person("staff", "1")))
    with storage.writing() as unit:
        for count in range(3):
            unit.sessions.add(replace(session, id_hash=f"{count}" * 64))
        unit.sessions.add(other)
        assert unit.sessions.delete("0" * 64) is True
        assert unit.sessions.delete("0" * 64) is False
        assert unit.sessions.get("0" * 64) is None
        assert unit.sessions.get("1" * 64) is not None
        assert unit.sessions.get(other.id_hash) == other


@pytest.mark.parametrize("idle", [timedelta(0), timedelta(minutes=14, seconds=59), timedelta(minutes=15)])
@pytest.mark.parametrize("left", [SECOND, timedelta(0), -SECOND])
def test_the_sessions_that_are_deleted_are_the_ones_that_are_not_alive(
    storage: Storage, session: Session, now: datetime, idle: timedelta, left: timedelta
) -> None:
    limits = SessionLimits(idle=timedelta(minutes=15), absolute=timedelta(hours=8))
    kept = replace(session, last_seen_at=now - idle, expires_at=now + left)
    with storage.writing() as unit:
        unit.sessions.add(kept)
        deleted = unit.sessions.delete_expired(now, now - limits.idle)
    assert (deleted == 0) is kept.is_alive(now, limits)
