"""PostgreSQL ends connections in the middle of units of work: whoever had what they asked for isn't told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine

from tests.databases import Server, execute
from webvartti.domain.errors import NotFound, StorageUnavailable
from webvartti.domain.orders import Order
from webvartti.storage import migrate
from webvartti.storage.engine import create_engine
from webvartti.storage.unit_of_work import Storage

END_ALL = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def server_engine(postgresql_server: Server) -> Iterator[Engine]:
    url = postgresql_server.create()
    migrate.upgrade(url)
    engine = create_engine(url)
    yield engine
    engine.dispose()
    postgresql_server.drop(url)


def end_connections(engine: Engine) -> None:
    execute(engine.url.render_as_string(hide_password=False), END_ALL)


def test_a40_who_has_read_isn_t_told_that_the_connection_broke_afterwards(server_engine: Engine, order: Order) -> None:
    storage = Storage(server_engine)
    with storage.writing() as unit:
        unit.orders.add(order)
        unit.commit()
        end_connections(server_engine)
    with storage.reading() as unit:
        found = unit.orders.get(order.number)
        end_connections(server_engine)
    assert found == order
    with storage.reading() as unit:
        assert unit.orders.get(order.number) == order


def test_a40_who_left_without_a_commit_has_changed_nothing(server_engine: Engine, order: Order) -> None:
    storage = Storage(server_engine)
    with storage.writing() as unit:
        unit.orders.add(order)
        end_connections(server_engine)
    with storage.reading() as unit, pytest.raises(NotFound):
        unit.orders.get(order.number)


def test_a40_who_asks_on_is_told_by_name(server_engine: Engine, order: Order, now: datetime) -> None:
    storage = Storage(server_engine)
    with storage.writing() as unit:
        unit.contacts.put(order.person, order.contact, now)
        end_connections(server_engine)
        with pytest.raises(StorageUnavailable):
            unit.orders.add(order)
        with pytest.raises(StorageUnavailable):
            unit.commit()
    with storage.reading() as unit:
        assert unit.contacts.get(order.person) is None
