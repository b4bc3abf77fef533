"""One transaction: committed as a whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from sqlalchemy import Engine, event

from webvartti.domain.audit import AuditEntry
from webvartti.domain.errors import NotFound, StorageUnavailable
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.orders import Order
from webvartti.domain.sessions import Session
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import ConstraintViolated, NaiveDateTime, ReadingUnitOfWork, UnitOfWorkOver, ValueNotStorable
from webvartti.storage.schema import sessions
from webvartti.storage.unit_of_work import Storage


def test_without_commit_nothing_has_happened(storage: Storage, order: Order, now: datetime) -> None:
    entry = AuditEntry(now, Actor(ActorKind.SYSTEM, "test"), "order.placed")
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.audit.add(entry)
        unit.idempotency.claim("key", order.person, order.number, now)
    with storage.reading() as unit:
        assert unit.orders.of_person(order.person) == ()
        assert unit.audit.recent(limit=10) == ()
        assert unit.idempotency.number("key", order.person) is None


def test_an_error_inside_undoes_everything_and_the_next_unit_works(storage: Storage, order: Order) -> None:
    def fail() -> None:
        with storage.writing() as unit:
            unit.orders.add(order)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()
    with storage.reading() as unit:
        assert unit.orders.get(order.number) == order


def test_a_reading_unit_neither_writes_nor_commits(storage: Storage, order: Order) -> None:
    with storage.reading() as unit, pytest.raises(StorageUnavailable, match=r"(?i)read_?only"):
        unit.orders.add(order)
    with storage.reading() as unit, pytest.raises(ReadingUnitOfWork):
        unit.commit()


def test_a_reading_unit_goes_on_beside_a_writing_one(storage: Storage, order: Order) -> None:
    with storage.writing() as writer:
        writer.orders.add(order)
        with storage.reading() as before:
            assert before.orders.of_person(order.person) == ()
            writer.commit()
            assert before.orders.of_person(order.person) == ()
    with storage.reading() as after:
        assert after.orders.of_person(order.person) == (order,)


def test_a_unit_of_work_is_used_once(storage: Storage, order: Order) -> None:
    with storage.writing() as unit:
        unit.commit()
        with pytest.raises(UnitOfWorkOver):
            unit.orders.add(order)
        with pytest.raises(UnitOfWorkOver):
            unit.commit()
    with storage.writing() as left:
        pass
    with pytest.raises(UnitOfWorkOver):
        left.orders.get(order.number)


def test_after_a_failure_that_somebody_swallowed_nothing_can_be_committed(
    storage: Storage, order: Order, session: Session
) -> None:
    with storage.writing() as unit:
        unit.sessions.add(session)
        with pytest.raises(ConstraintViolated) as refused:
            unit.sessions.add(session)
        with pytest.raises(StorageUnavailable):
            unit.commit()
    told = "".join(format_exception(refused.value))
    assert "session" in told
    assert refused.value.concerns(sessions.primary_key)
    assert "IntegrityError" not in told  # PostgreSQL's would repeat the row
    with storage.reading() as unit:
        assert unit.sessions.get(session.id_hash) is None


def test_a30_a_commit_that_fails_has_done_nothing(engine: Engine, storage: Storage, order: Order) -> None:
    def drop_the_connection(connection: Any) -> None:
        connection.connection.driver_connection.close()

    event.listen(engine, "commit", drop_the_connection)
    with storage.writing() as unit:
        unit.orders.add(order)
        with pytest.raises(StorageUnavailable):
            unit.commit()
    event.remove(engine, "commit", drop_the_connection)
    with storage.writing() as unit:
        with pytest.raises(NotFound):
            unit.orders.get(order.number)
        unit.orders.add(order)
        unit.commit()


def test_naive_times_are_refused_everywhere(storage: Storage, order: Order, numbered: Callable[..., Order]) -> None:
    naive = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - a naive one is the point
    with storage.writing() as unit, pytest.raises(NaiveDateTime):
        unit.orders.add(numbered(1, placed_at=naive))
    with storage.writing() as unit, pytest.raises(NaiveDateTime):
        unit.outbox.due(naive, 10)
    with storage.writing() as unit, pytest.raises(NaiveDateTime):
        unit.drafts.delete_older_than(naive)


def test_text_that_is_no_text_is_refused_by_name(storage: Storage, numbered: Callable[..., Order]) -> None:
    with storage.writing() as unit, pytest.raises(ValueNotStorable):
        unit.orders.add(numbered(1, recipient="\ud800"))


def test_a_crowd_of_writers_on_sqlite_leaves_connections_to_readers(database: Path, order: Order) -> None:
    engine = create_engine(f"sqlite:///{database}", connections=2)
    storage = Storage(engine, patience=0.3)

    def write(_: int) -> str:
        try:
            with storage.writing():
                return "had its turn"
        except StorageUnavailable as unavailable:
            return str(unavailable)

    with ThreadPoolExecutor(6) as pool, storage.writing():
        waiting = [pool.submit(write, number) for number in range(6)]
        time.sleep(0.1)
        started = time.monotonic()
        with storage.reading() as unit:
            assert unit.orders.of_person(order.person) == ()
        assert time.monotonic() - started < 0.2
        told = {each.result() for each in waiting}
    assert told == {"too many wait to write"}
    assert write(0) == "had its turn"
    engine.dispose()
