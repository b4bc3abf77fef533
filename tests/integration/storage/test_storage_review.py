"""Decisions of people, letters, policies and stored inputs on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.databases import ask, execute
from tests.unit.domain.placed import ANNA, BENGT
from webvartti.domain.audit import AuditEntry
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.events import EventKind
from webvartti.domain.orders import Order, actor_of, happened
from webvartti.domain.review import (
    DecisionPending,
    DecisionStatus,
    Intent,
    Letter,
    LetterKind,
    Matter,
    NoDecisionPending,
    ReviewDecision,
    second,
    take,
)
from webvartti.storage import migrate
from webvartti.storage.unit_of_work import Storage

REJECT = Intent(Outcome.REJECTED, RejectionReason.VISIT_NEEDED, "Tule käymään. Välkommen!")


@pytest.fixture
def decision(storage: Storage, order: Order, now: datetime) -> ReviewDecision:
    """A rejection that waits for a second person, stored with its order."""
    with storage.writing() as unit:
        unit.orders.add(order)
        after, taken = take(order, REJECT, ANNA, frozenset(Matter), now)
        unit.orders.save(after, seen_version=order.version)
        unit.review_decisions.add(taken)
        unit.commit()
    with storage.reading() as unit:
        stored = unit.review_decisions.open_for(order.number)
    assert stored is not None
    assert replace(stored, id=0) == taken
    return stored


def test_a_decision_comes_back_whole_at_every_step(storage: Storage, decision: ReviewDecision, now: datetime) -> None:
    with storage.writing() as unit:
        after, changed = second(unit.orders.get(decision.number), decision, BENGT, now)
        unit.orders.save(after, seen_version=decision.order_version)
        unit.review_decisions.save(changed, seen=decision)
        unit.commit()
    with storage.reading() as unit:
        assert unit.review_decisions.of_order(decision.number) == (changed,)
        assert unit.review_decisions.open_for(decision.number) == changed
        assert unit.orders.get(decision.number) == after


def test_a29_an_order_has_one_open_decision(storage: Storage, decision: ReviewDecision, now: datetime) -> None:
    another = replace(decision, id=0, by=BENGT, status=DecisionStatus.TAKEN)
    with pytest.raises(DecisionPending), storage.writing() as unit:
        unit.review_decisions.add(another)
    with storage.writing() as unit:
        unit.review_decisions.save(replace(decision, status=DecisionStatus.UNDONE, ended_at=now), seen=decision)
        unit.review_decisions.add(another)
        unit.commit()
    with storage.reading() as unit:
        statuses = [each.status for each in unit.review_decisions.of_order(decision.number)]
    assert statuses == [DecisionStatus.UNDONE, DecisionStatus.TAKEN]


def test_a29_a_decision_that_changed_since_is_not_changed_again(
    storage: Storage, decision: ReviewDecision, now: datetime
) -> None:
    with storage.writing() as unit:
        unit.review_decisions.save(replace(decision, status=DecisionStatus.UNDONE, ended_at=now), seen=decision)
        unit.commit()
    with pytest.raises(NoDecisionPending), storage.writing() as unit:
        unit.review_decisions.save(replace(decision, status=DecisionStatus.EFFECTIVE), seen=decision)


def test_due_are_those_whose_minute_is_over_and_those_left_behind(
    storage: Storage, decision: ReviewDecision, numbered: Callable[..., Order], now: datetime
) -> None:
    early, late = numbered(11), numbered(12)
    with storage.writing() as unit:
        for order, at in ((late, now + timedelta(seconds=5)), (early, now)):
            unit.orders.add(order)
            after, taken = take(order, Intent(Outcome.APPROVED), ANNA, frozenset(), at)
            unit.orders.save(after, seen_version=1)
            unit.review_decisions.add(taken)
        unit.commit()

    def due(seconds: int, limit: int = 9) -> list[str]:
        with storage.reading() as unit:
            return [each.number for each in unit.review_decisions.due(now + timedelta(seconds=seconds), limit)]

    assert due(59) == []
    assert due(60) == [early.number]
    assert due(65) == [early.number, late.number]
    with storage.writing() as unit:
        order = unit.orders.get(decision.number)
        unit.orders.save(happened(order, EventKind.WITHDRAWN, actor_of(order.person), now), seen_version=order.version)
        unit.commit()
    assert due(0) == [decision.number]
    assert due(65, limit=2) == [decision.number, early.number]


def test_letters_come_back_in_order(storage: Storage, now: datetime) -> None:
    letters = (
        Letter("WV-1", LetterKind.QUESTION, now, 'Missä?\n"Var?" <b>', ANNA),
        Letter("WV-1", LetterKind.ANSWER, now, "Täällä"),
        Letter("WV-1", LetterKind.NEW_LOOK, now + timedelta(days=1), "Katsokaa"),
    )
    with storage.writing() as unit:
        for letter in letters:
            unit.letters.add(letter)
        unit.letters.add(Letter("WV-2", LetterKind.ANSWER, now, "Somebody else's"))
        unit.commit()
    with storage.reading() as unit:
        assert unit.letters.of_order("WV-1") == letters


def test_a38_down_and_up_again_with_what_staff_did(
    storage: Storage, url: str, decision: ReviewDecision, numbered: Callable[..., Order], now: datetime
) -> None:
    """What the code of before can't know is gone or told otherwise; history has no gaps, and no audit id is given twice."""
    revoked, plain = numbered(3), numbered(4, revocation=RevocationStatus(RevocationState.GOOD, 7, now, now))
    with storage.writing() as unit:
        order = unit.orders.get(decision.number)
        unit.orders.save(happened(order, EventKind.WITHDRAWN, actor_of(order.person), now), seen_version=order.version)
        unit.orders.add(revoked)
        unit.orders.add(plain)
        for _ in range(3):
            unit.audit.add(AuditEntry(now, ANNA.actor, "case.viewed", "", decision.number))
        unit.commit()
    with storage.reading() as unit:
        withdrawn = unit.orders.get(decision.number)
    execute(url, "DELETE FROM audit_unsealed", "DELETE FROM audit WHERE id = 3")
    columns = "at, actor_kind, actor_name, action, subject, order_number, detail"
    places = ask(url, "SELECT * FROM cases ORDER BY order_id")
    names = ask(url, "SELECT * FROM order_names ORDER BY 1, 2")
    migrate.downgrade(url, "0003")
    assert ask(url, "SELECT seq, kind FROM order_events WHERE order_id = 1 ORDER BY seq") == [
        (1, "placed"),
        (2, "withdrawn"),
    ]
    assert {row[2] for row in ask(url, "SELECT * FROM audit")} == {"operator"}
    execute(url, f"INSERT INTO audit ({columns}) SELECT {columns} FROM audit WHERE id = 1")  # noqa: S608 - names of this file
    migrate.upgrade(url)
    assert migrate.check(url) == ()
    assert ask(url, "SELECT id FROM audit ORDER BY id") == [(1,), (2,), (4,)]
    assert ask(url, "SELECT * FROM cases ORDER BY order_id") == places
    assert ask(url, "SELECT * FROM order_names ORDER BY 1, 2") == names
    with storage.writing() as unit:
        assert unit.orders.get(revoked.number) == revoked
        assert unit.orders.get(decision.number) == replace(withdrawn, events=(withdrawn.events[0], withdrawn.events[2]))
        unit.audit.add(AuditEntry(now, ANNA.actor, "case.viewed", "", decision.number))
        unit.commit()
    assert ask(url, "SELECT max(id) FROM audit") == [(5,)]


def test_a38_an_order_goes_on_after_the_downgrade_without_losing_history(
    storage: Storage, url: str, decision: ReviewDecision, now: datetime
) -> None:
    migrate.downgrade(url, "0004")
    migrate.downgrade(url, "0003")
    migrate.upgrade(url)
    with storage.writing() as unit:
        order = unit.orders.get(decision.number)
        after = happened(order, EventKind.WITHDRAWN, actor_of(order.person), now)
        unit.orders.save(after, seen_version=order.version)
        unit.commit()
    with storage.reading() as unit:
        assert [event.kind for event in unit.orders.get(decision.number).events] == [EventKind.PLACED, EventKind.WITHDRAWN]
