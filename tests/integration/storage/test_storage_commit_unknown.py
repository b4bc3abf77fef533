"""A39 on PostgreSQL: the connection breaks at the commit, and nobody can tell at once whether it happened."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from tests.cut_line import Cut, Line, line_to
from tests.databases import ask
from webvartti.domain.errors import CommitUnknown, StorageUnavailable
from webvartti.domain.orders import Order
from webvartti.storage.engine import create_engine
from webvartti.storage.unit_of_work import Storage

pytestmark = pytest.mark.only_postgresql("SQLite has no connection that could break")


@pytest.fixture
def line(url: str) -> Iterator[Line]:
    with line_to(url) as line:
        yield line


@pytest.fixture
def through(line: Line) -> Iterator[Storage]:
    """The same database through the line."""
    engine = create_engine(line.url)
    yield Storage(engine)
    engine.dispose()


@pytest.mark.parametrize(("cut", "stored"), [(Cut.BEFORE, 0), (Cut.AFTER, 1)])
def test_a39_a_line_that_goes_dead_at_the_commit(
    through: Storage, storage: Storage, line: Line, order: Order, cut: Cut, stored: int
) -> None:
    with through.writing() as unit:
        unit.orders.add(order)
        line.cut = cut
        with pytest.raises(CommitUnknown):
            unit.commit()
    with storage.reading() as unit:
        assert len(unit.orders.of_person(order.person)) == stored
    with through.reading() as unit:  # the next one gets a connection that works
        assert len(unit.orders.of_person(order.person)) == stored


def test_a39_a_line_that_is_dead_before_the_commit_leaves_nothing_unknown(
    through: Storage, storage: Storage, line: Line, order: Order, url: str
) -> None:
    with through.writing() as unit:
        unit.orders.add(order)
        end_whoever_writes(url)
        with pytest.raises(StorageUnavailable) as unavailable:
            unit.orders.get(order.number)
        with pytest.raises(StorageUnavailable):
            unit.commit()
    assert not isinstance(unavailable.value, CommitUnknown)
    with storage.reading() as unit:
        assert unit.orders.of_person(order.person) == ()


def test_a39_a_server_process_that_is_ended_at_the_commit(engine: Engine, url: str, order: Order) -> None:
    """pg_terminate_backend between the last statement and the commit: the row isn't there, and the caller isn't told so."""
    storage = Storage(engine)
    with storage.writing() as unit:
        unit.orders.add(order)
        event.listen(engine, "commit", lambda connection: end_whoever_writes(url), once=True)
        with pytest.raises(CommitUnknown):
            unit.commit()
    with storage.reading() as unit:
        assert unit.orders.of_person(order.person) == ()


def end_whoever_writes(url: str) -> None:
    writing = "datname = current_database() AND state = 'idle in transaction'"
    assert ask(url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {writing}") == [(True,)]  # noqa: S608 - the words above


def test_a33_what_is_logged_of_it_tells_nothing(
    through: Storage, line: Line, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with through.writing() as unit:
        unit.orders.add(order)
        line.cut = Cut.AFTER
        with pytest.raises(CommitUnknown) as unknown:
            unit.commit()
    told = f"{caplog.text} {unknown.value} {unknown.value.__cause__}"
    assert "Mannerheim" not in told
    assert order.person.serial_number not in told
