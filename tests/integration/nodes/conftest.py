"""One cluster for this folder. Who kills a node brings it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import Server
from tests.integration.nodes.cluster import Cluster, running_cluster
from webvartti.demo.country import Country

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def new_database(postgresql_server: Server, furnished_url: str) -> NewDatabase:
    """The address of a fresh, furnished PostgreSQL database, which all nodes reach."""
    return lambda: postgresql_server.create(furnished_url)


@pytest.fixture(scope="package")
def cluster(furnished: Country, tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Cluster]:
    with running_cluster(furnished, tmp_path_factory.mktemp("nodes"), new_database()) as running:
        yield running


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """For a cluster of a test's own: short, for paths of sockets may have 107 characters."""
    made = tmp_path / "n"
    made.mkdir()
    return made
