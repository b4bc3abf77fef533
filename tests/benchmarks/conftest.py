"""What several measurements need and what takes long to make: once a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.benchmarks.many_orders import ManyOrders, make_orders
from tests.databases import Server, database_server
from tests.quick_process import collect_garbage_as_usual


@pytest.fixture(scope="session", autouse=True)
def usual_process() -> None:
    """The tests' own speed is not the product's."""
    collect_garbage_as_usual()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Durable, unlike the one of the tests."""
    with database_server(Path(tempfile.mkdtemp(prefix="webvartti-pg-")), settings={}) as server:
        yield server


@pytest.fixture(scope="session")
def orders_made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], ManyOrders]:
    """SQLite files with so many orders, so many of them open; a million take some minutes."""
    folder = tmp_path_factory.mktemp("orders")
    return cache(lambda count, open_count: make_orders(folder / f"{count}-{open_count}.db", count, open_count))
