"""Retention of the audit in the database: how far its old end may go, and what stands in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.storage.cases import add
from tests.integration.storage.ended import KEY, delete, ended, rows, seal_all, write_audit
from webvartti.domain.audit import FIRST_SEAL, AuditBroken, Sealed, signed_mark, verify_chain
from webvartti.domain.events import OrderState
from webvartti.domain.messages import Feedback
from webvartti.domain.orders import Order
from webvartti.domain.retention import Kept, Kind, RetentionUnderWay
from webvartti.storage import migrate
from webvartti.storage.schema import audit
from webvartti.storage.sqlite_engine import WRITING
from webvartti.storage.unit_of_work import Storage

Numbered = Callable[..., Order]


@pytest.fixture
def start(storage: Storage, numbered: Numbered, now: datetime) -> datetime:
    """Eight sealed entries, a day apart from here on: the fourth is of an order that is here, the sixth of one that isn't."""
    add(storage, ended(numbered(1), now))
    numbers = ("", "", "", numbered(1).number, "", "WV-GONE-GONE", "", "")
    write_audit(storage, [(now + timedelta(days=day), number) for day, number in enumerate(numbers)])
    seal_all(storage)
    return now


def remove(storage: Storage, before: datetime, limit: int = 100) -> int:
    with storage.writing() as unit:
        head = unit.retention.audit_head(before, limit)
        if head:
            unit.retention.remove_head(head, signed_mark(KEY, head[-1].position, head[-1].seal, before))
            unit.commit()
    return len(head)


def head_of(storage: Storage, before: datetime, limit: int = 100) -> list[Sealed]:
    with storage.writing() as unit:
        return list(unit.retention.audit_head(before, limit))


def holding(storage: Storage) -> int:
    with storage.reading() as unit:
        mark = unit.audit.mark()
        return verify_chain(KEY, unit.audit.chain(), mark=mark)


@pytest.mark.parametrize(("days", "count"), [(0, 0), (1, 1), (2, 2), (3, 3), (8, 3), (9, 3)])
def test_the_audit_goes_from_its_old_end_up_to_the_first_that_stays(
    storage: Storage, numbered: Numbered, start: datetime, days: int, count: int
) -> None:
    before = start + timedelta(days=days)
    with storage.reading() as unit:
        found, kept = unit.retention.count(Kind.AUDIT, {Kind.AUDIT: before})
    assert (found, [sealed.position for sealed in head_of(storage, before)]) == (count, list(range(1, count + 1)))
    of_order = (numbered(1).number, OrderState.DELIVERED) if count == 3 else ("", None)
    assert kept == Kept(start + timedelta(days=count), *of_order)


def test_the_audit_is_counted_as_if_the_orders_that_go_had_gone(storage: Storage, start: datetime) -> None:
    before = start + timedelta(days=365)
    with storage.reading() as unit:
        assert unit.retention.count(Kind.AUDIT, {Kind.ORDERS: before, Kind.AUDIT: before}) == (8, None)
    assert (len(head_of(storage, before)), len(head_of(storage, before, 2))) == (3, 2)
    assert delete(storage, Kind.ORDERS, before).count == 1
    assert len(head_of(storage, before)) == 8


def test_entries_that_are_not_sealed_stay(storage: Storage, start: datetime) -> None:
    before = start + timedelta(days=365)
    delete(storage, Kind.ORDERS, before)
    write_audit(storage, [(start, "")])
    assert len(head_of(storage, before)) == 8
    with storage.reading() as unit:
        assert unit.retention.count(Kind.AUDIT, {Kind.AUDIT: before}) == (8, None)


def test_a_missing_entry_is_named_and_nothing_goes_past_it(storage: Storage, engine: Engine, start: datetime) -> None:
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        connection.execute(audit.delete().where(audit.c.id == 2))
        connection.commit()
    before = start + timedelta(days=365)
    assert [sealed.position for sealed in head_of(storage, before)] == [1]
    with storage.reading() as unit, pytest.raises(AuditBroken) as broken:
        unit.retention.count(Kind.AUDIT, {Kind.AUDIT: before})
    assert broken.value.position == 2


def test_a34_the_mark_takes_the_place_of_what_was_removed(storage: Storage, engine: Engine, start: datetime) -> None:
    before = start + timedelta(days=365)
    delete(storage, Kind.ORDERS, before)
    assert [remove(storage, before, 3) for _ in range(2)] == [3, 3]
    found = rows(engine)
    assert (found["audit"], found["audit_seals"], found["audit_marks"]) == (2, 2, 1)
    assert holding(storage) == 2
    with storage.reading() as unit:
        mark = unit.audit.mark()
        assert mark is not None
        assert (mark.count, mark.at, unit.audit.last_seal()[0]) == (6, before, 8)
        assert unit.retention.count(Kind.AUDIT, {Kind.AUDIT: before}) == (2, None)


def test_a34_a_chain_that_was_removed_as_a_whole_goes_on_where_it_was(storage: Storage, start: datetime) -> None:
    before = start + timedelta(days=365)
    delete(storage, Kind.ORDERS, before)
    with storage.reading() as unit:
        last = unit.audit.last_seal()
    assert (remove(storage, before), remove(storage, before), holding(storage)) == (8, 0, 0)
    with storage.reading() as unit:
        assert unit.audit.last_seal() == last != (0, FIRST_SEAL)
    write_audit(storage, [(before, "")])
    seal_all(storage)
    assert holding(storage) == 1
    with storage.reading() as unit:
        assert [sealed.position for sealed in unit.audit.chain()] == [9]


def test_two_runs_at_once_can_t_both_remove(storage: Storage, start: datetime) -> None:
    before = start + timedelta(days=2)
    head = head_of(storage, before)
    mark = signed_mark(KEY, head[-1].position, head[-1].seal, before)
    assert remove(storage, before, 1) == 1
    with storage.writing() as unit, pytest.raises(RetentionUnderWay):
        unit.retention.remove_head(head, mark)
    assert holding(storage) == 7


def test_a38_down_and_up_again_with_data_loses_the_mark_and_nothing_else(
    storage: Storage, engine: Engine, database: Path, start: datetime
) -> None:
    with storage.writing() as unit:
        unit.feedback.add(Feedback(start, "fi", "/fi/", "Hyvin toimii"))
        unit.commit()
    assert remove(storage, start + timedelta(days=2)) == 2
    before = rows(engine)
    engine.dispose()
    migrate.downgrade(f"sqlite:///{database}", "0006")
    migrate.upgrade(f"sqlite:///{database}")
    assert migrate.check(f"sqlite:///{database}") == ()
    assert rows(engine) == before | {"audit_marks": 0}
    with pytest.raises(AuditBroken) as broken:
        holding(storage)
    assert broken.value.position == 1
