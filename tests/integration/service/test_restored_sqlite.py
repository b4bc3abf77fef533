"""A lost SQLite file, restored from last night's backup by the lines of docs/databases.md; the service goes on."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Installation
from tests.documents import blocks, replaced
from tests.integration.service.conftest import Run
from tests.integration.service.recovering import cut_checkpoints, lost
from tests.integration.service.reviewing import Office, open_office

pytestmark = pytest.mark.only_sqlite("is about the file that SQLite keeps")


@contextmanager
def written_to(office: Office) -> Iterator[list[int]]:
    """Entries are written and sealed in another thread, one after the other; the list has those that are committed."""
    written: list[int] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            office.services.orders.exported(len(written), "test", office.now)
            office.services.audit.seal_pending(office.now)
            written.append(len(written))
            stop.wait(0.002)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


def restore(folder: Path, backup: Path) -> None:
    (lines,) = blocks("databases.md", "Backup of SQLite", "sh")
    own = {"/var/lib/webvartti": str(folder), "/var/backups/webvartti/today.db": str(backup),
           "-o webvartti -g webvartti": "-o $(id -un) -g $(id -gn)"}  # fmt: skip
    subprocess.run(["sh", "-eu"], input=replaced(lines, own), check=True, text=True)


def test_a_lost_file_is_restored_and_the_service_goes_on(installation: Installation, run: Run, tmp_path: Path) -> None:
    checkpoints = installation.settings.audit_checkpoint_file
    office = open_office(installation)
    before = office.place("aino").number
    with written_to(office) as written:
        while len(written) < 5:
            assert run("audit", "show").exit_code == 0
        assert run("database", "backup", tmp_path / "today.db").exit_code == 0
        backed_up = len(written)
        assert backed_up > 5
        while len(written) < backed_up + 3:  # the first of them may be in the backup still
            time.sleep(0.01)
    after = office.place("bjorn").number
    office.services.worker.run(office.now)
    wal = (tmp_path / "webvartti.db-wal").read_bytes()
    office.services.close()
    (tmp_path / "webvartti.db").write_bytes(b"\0" * 4096)
    assert run("database", "check").exit_code == 1
    (tmp_path / "webvartti.db-wal").write_bytes(wal)  # as after kill -9

    restore(tmp_path, tmp_path / "today.db")
    assert (tmp_path / "aside" / "webvartti.db-wal").read_bytes() == wal
    assert "database is at" in run("database", "upgrade").output
    assert run("database", "check").exit_code == 0
    listed = run("orders", "list", COLUMNS="200").output
    assert (before in listed, after in listed) == (True, False)

    assert run("audit", "verify").exit_code == 0
    first, counted = lost(run("audit", "verify", "--checkpoints", checkpoints))
    assert 5 < first < counted
    whole = cut_checkpoints(checkpoints, first)
    assert run("audit", "verify", "--checkpoints", checkpoints).exit_code == 0
    assert lost(run("audit", "verify", "--checkpoints", whole)) == (first, counted)

    again = open_office(installation)
    number = again.place("bjorn").number
    assert number in run("orders", "list", COLUMNS="200").output
    again.services.worker.run(again.now)
    again.services.close()
    told = run("audit", "verify", "--checkpoints", checkpoints)
    assert (told.exit_code, " 0 not sealed yet" in told.output) == (0, True), told.output
