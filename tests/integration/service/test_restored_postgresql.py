"""Back to the moment before a mistake, with PostgreSQL's own programs and the blocks of docs/databases.md."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Installation, install
from tests.databases import Cluster, ask
from tests.documents import blocks, replaced
from tests.integration.service.recovering import cut_checkpoints, lost
from tests.integration.service.reviewing import open_office
from webvartti.demo.country import Country
from webvartti.main import main
from webvartti.storage.copying import copy_database

pytestmark = pytest.mark.only_postgresql("SQLite has a backup of its own")

BACKUP = "Backup of PostgreSQL"
MAIN = "/var/lib/postgresql/15/main"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """It archives, as the document has it; the archive and the base backups lie beside its data."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="webvartti-pg-")), {"fsync": "off"})
    try:
        cluster.create()
        cluster.run("mkdir wal base")
        settings, _ = blocks("databases.md", BACKUP, "ini")
        configure(cluster, replaced(settings, {"/srv/": f"{cluster.directory}/"}))
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.directory, ignore_errors=True)


@pytest.fixture
def installation(cluster: Cluster, furnished: Country, tmp_path: Path) -> Installation:
    cluster.run("createdb --template=template0 webvartti")
    copy_database(f"sqlite:///{furnished.directory}/webvartti.db", cluster.url("webvartti"))
    return install(furnished, tmp_path, cluster.url("webvartti"))


def configure(cluster: Cluster, settings: str) -> None:
    with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\n{settings}")


def restore(cluster: Cluster, moment: str) -> None:
    """From the base backup to the moment, and wait until it is done."""
    _, lines = blocks("databases.md", BACKUP, "sh")
    cluster.run(replaced(lines, {MAIN: str(cluster.data), "/srv/": f"{cluster.directory}/"}))
    _, settings = blocks("databases.md", BACKUP, "ini")
    own = {"/srv/": f"{cluster.directory}/", "2026-11-28 10:15:00+00": moment}
    configure(cluster, replaced(settings, own))
    cluster.start()
    until = time.monotonic() + 30
    while ask(cluster.url("webvartti"), "SELECT pg_is_in_recovery()") != [(False,)]:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_back_to_a_moment(cluster: Cluster, installation: Installation) -> None:
    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env={**installation.environ, "COLUMNS": "200"})

    office = open_office(installation)
    kept = [office.place("aino").number]
    base, _ = blocks("databases.md", BACKUP, "sh")
    cluster.run(replaced(base, {"/srv/": f"{cluster.directory}/"}))
    kept += [office.place("bjorn").number]
    office.services.worker.run(office.now)
    ((moment,),) = ask(installation.url, "SELECT clock_timestamp()::text")
    mistaken = office.place("robin").number
    office.services.worker.run(office.now)
    office.services.close()
    cluster.stop()

    restore(cluster, moment)
    log = (cluster.directory / "log").read_text()
    assert "recovery stopping before commit of transaction" in log
    assert "archive recovery complete" in log
    assert run("database", "check").exit_code == 0
    listed = run("orders", "list").output
    assert [number in listed for number in (*kept, mistaken)] == [True, True, False]

    checkpoints = installation.settings.audit_checkpoint_file
    assert run("audit", "verify").exit_code == 0
    first, counted = lost(run("audit", "verify", "--checkpoints", checkpoints))
    assert first <= counted
    cut_checkpoints(checkpoints, first)
    assert run("audit", "verify", "--checkpoints", checkpoints).exit_code == 0

    again = open_office(installation)
    number = again.place("robin").number
    assert number in run("orders", "list").output
    again.services.worker.run(again.now)
    again.services.close()
    told = run("audit", "verify", "--checkpoints", checkpoints)
    assert (told.exit_code, " 0 not sealed yet" in told.output) == (0, True), told.output
