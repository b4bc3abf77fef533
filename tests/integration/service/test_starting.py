"""A process that starts while the database is away for a moment comes up with it; one that is of no use says so at once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from tests.conftest import Installation
from tests.databases import Cluster, Server, running_cluster
from webvartti.bootstrap import SchemaNotCurrent, require_current_schema
from webvartti.config import Settings, load_settings
from webvartti.domain.errors import StorageUnavailable
from webvartti.storage.errors import DatabaseFileMissing
from webvartti.storage.migrate import upgrade


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    directory = Path(tempfile.mkdtemp(prefix="webvartti-pg-"))
    with running_cluster(directory) as found:
        yield found


def settings_with(installation: Installation, url: str) -> Settings:
    return load_settings({**installation.environ, "WEBVARTTI_DATABASE_URL": url})


@pytest.mark.only_sqlite("has a server of its own, which it stops")
def test_a40_it_waits_for_a_server_that_is_starting(installation: Installation, backend: str, cluster: Cluster) -> None:
    url = Server(cluster.address("postgres"), cluster.url("postgres")).create()
    settings = settings_with(installation, url)
    with pytest.raises(SchemaNotCurrent):
        require_current_schema(settings)
    upgrade(url)
    cluster.stop()
    with pytest.raises(StorageUnavailable):
        require_current_schema(settings, patience=0)
    started = Timer(1, cluster.start)
    started.start()
    require_current_schema(settings, patience=30)
    started.join()


@pytest.mark.only_sqlite("a server's database has no file")
def test_a40_a_file_that_isn_t_there_is_named_at_once(installation: Installation, backend: str, tmp_path: Path) -> None:
    before = time.monotonic()
    with pytest.raises(DatabaseFileMissing, match="database upgrade"):
        require_current_schema(settings_with(installation, f"sqlite:///{tmp_path}/other.db"), patience=30)
    assert time.monotonic() - before < 5
