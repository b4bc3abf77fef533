"""A backup is one state of the database, whoever writes meanwhile, or it isn't there at all."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import silent
from tests.databases import POSTGRESQL, execute
from tests.integration.storage.conftest import Places
from tests.integration.storage.disks import Disk
from tests.integration.storage.every_table import contents, fill
from webvartti.domain.audit import AuditEntry
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.orders import Order
from webvartti.services.audit import Audit
from webvartti.storage.backup import back_up
from webvartti.storage.checkpoints import AppendOnlyFile
from webvartti.storage.copy_errors import BackupExists, BackupFailed, BackupNotHere, DatabaseDamaged
from webvartti.storage.engine import create_engine
from webvartti.storage.errors import DatabaseFileMissing
from webvartti.storage.unit_of_work import Storage

Placed = list[str]
KEY = b"k" * 32


def enlarge(database: Path) -> None:
    """By twenty megabytes: what is done in steps needs some."""
    row = "INSERT INTO feedback (at, language, page, text, reply_to) VALUES ('2026-11-23 10:00:00.000000', 'fi', '/', ?, '')"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(row, [("x" * 30_000,)] * 700)


def wait_for(placed: Placed, count: int) -> None:
    while len(placed) < count:
        time.sleep(0.001)


@contextmanager
def ordering(storage: Storage, numbered: Callable[..., Order]) -> Iterator[Placed]:
    """Orders are placed and audited in another thread, one after the other; the list holds those that are committed."""
    placed: Placed = []
    stop = threading.Event()

    def place() -> None:
        while not stop.is_set():
            order = numbered(len(placed) + 1)
            with storage.writing() as unit:
                unit.orders.add(order)
                unit.audit.add(AuditEntry(order.placed_at, Actor(ActorKind.HOLDER, "x"), "order.placed", order=order.number))
                unit.commit()
            placed.append(order.number)
            stop.wait(0.002)  # SQLite has no queue of writers: whoever comes back at once may come first for ever

    thread = threading.Thread(target=place)
    thread.start()
    try:
        yield placed
    finally:
        stop.set()
        thread.join()


def test_a_backup_while_orders_come_in_is_one_state(
    database: Path, storage: Storage, numbered: Callable[..., Order], tmp_path: Path, now: datetime
) -> None:
    enlarge(database)
    backup, checkpoints = tmp_path / "backup.db", tmp_path / "checkpoints.jsonl"
    audit = Audit(storage, KEY, AppendOnlyFile(checkpoints))
    steps: list[int] = []
    with ordering(storage, numbered) as placed:

        def told(done: int, total: int) -> None:
            steps.append(done)
            audit.seal_pending(now)
            wait_for(placed, 3 * len(steps))

        wait_for(placed, 10)
        before = list(placed)
        size = back_up(f"sqlite:///{database}", backup, progress=told)
        after = list(placed)
    assert len(steps) > 8
    assert steps == sorted(steps)  # it never began anew
    assert len(after) > len(before) + 10
    assert (backup.stat().st_mode & 0o777, backup.stat().st_size) == (0o600, size)
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        found = [number for (number,) in copy.execute("SELECT number FROM orders ORDER BY id")]
        audited = [number for (number,) in copy.execute("SELECT order_number FROM audit ORDER BY id")]
    assert audited == found == after[: len(found)]
    assert len(found) >= len(before)
    assert sorted(each.name for each in tmp_path.iterdir() if "backup" in each.name) == ["backup.db"]
    engine = create_engine(f"sqlite:///{backup}")
    verified = Audit(Storage(engine), KEY, AppendOnlyFile(checkpoints)).verify(None)
    engine.dispose()
    assert verified.sealed + verified.unsealed == len(found)


def test_a_backup_holds_every_row(database: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{database}"
    fill(url)
    back_up(url, tmp_path / "backup.db")
    assert contents(f"sqlite:///{tmp_path / 'backup.db'}") == contents(url)


def test_a_backup_never_goes_over_a_file_unless_it_is_told_to(database: Path, tmp_path: Path) -> None:
    url, backup, link = f"sqlite:///{database}", tmp_path / "backup.db", tmp_path / "link.db"
    backup.write_text("precious")
    link.symlink_to(tmp_path / "nowhere")
    for file in (backup, link):
        with pytest.raises(BackupExists, match=f"{file.name}.*--force"):
            back_up(url, file)
    assert backup.read_text() == "precious"
    back_up(url, backup, replace=True)
    assert contents(f"sqlite:///{backup}") == contents(url)


def test_a_file_that_comes_meanwhile_is_kept_too(database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"

    def come(done: int, total: int) -> None:
        backup.write_text("precious")

    with pytest.raises(BackupExists):
        back_up(f"sqlite:///{database}", backup, progress=come)
    assert [each.read_text() for each in tmp_path.glob("*backup*")] == ["precious"]


def test_the_database_s_own_files_are_never_written_over(database: Path, storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "link").symlink_to(database)
    for name in (
        "webvartti.db",
        "webvartti.db-wal",
        "webvartti.db-shm",
        "webvartti.db-journal",
        "aside/../webvartti.db",
        "aside/link",
    ):
        with pytest.raises(BackupExists, match="the database itself"):
            back_up(f"sqlite:///{database}", tmp_path / name, replace=True)


def test_only_sqlite_is_backed_up_here(place: Places, tmp_path: Path) -> None:
    with pytest.raises(BackupNotHere):
        back_up(place(POSTGRESQL), tmp_path / "backup.db")
    with pytest.raises(DatabaseFileMissing, match=r"missing\.db"):
        back_up(f"sqlite:///{tmp_path}/missing.db", tmp_path / "backup.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_named(database: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("nowhere/backup.db", "file/backup.db"):
        with pytest.raises(BackupFailed, match=place):
            back_up(f"sqlite:///{database}", tmp_path / place)


def test_a40_a_full_disk_leaves_no_backup(database: Path, small_disk: Disk) -> None:
    enlarge(database)
    backup = small_disk.directory / "backup.db"
    backup.write_text("yesterday's")
    with pytest.raises(BackupFailed, match="SQLITE_FULL"):
        back_up(f"sqlite:///{database}", backup, replace=True)
    assert [each.read_text() for each in small_disk.directory.iterdir()] == ["yesterday's"]
    small_disk.resize("64m")
    back_up(f"sqlite:///{database}", backup, replace=True)
    assert [each.name for each in small_disk.directory.iterdir()] == ["backup.db"]


def test_a_database_that_is_damaged_gives_no_backup(database: Path, tmp_path: Path) -> None:
    enlarge(database)
    with database.open("r+b") as file:
        file.seek(30 * 4096)
        file.write(b"\xa5" * 4096)
    with pytest.raises(DatabaseDamaged):
        back_up(f"sqlite:///{database}", tmp_path / "backup.db")
    assert list(tmp_path.glob("*backup*")) == []


def test_rows_that_refer_to_nothing_are_damage_too(database: Path, tmp_path: Path) -> None:
    fill(f"sqlite:///{database}")
    execute(f"sqlite:///{database}", "DELETE FROM orders WHERE id = 3")
    with pytest.raises(DatabaseDamaged, match="refer"):
        back_up(f"sqlite:///{database}", tmp_path / "backup.db")


def test_what_is_no_database_gives_no_backup(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Sir or Madam, " * 1000)
    with pytest.raises((DatabaseDamaged, StorageUnavailable)):
        back_up(f"sqlite:///{tmp_path}/letter.db", tmp_path / "backup.db")
    assert (tmp_path / "letter.db").read_text().startswith("Dear")


def test_a39_a_backup_that_is_killed_has_no_name(database: Path, tmp_path: Path) -> None:
    enlarge(database)
    child = """
import sys, time
from pathlib import Path
from webvartti.storage.backup import back_up
back_up(sys.argv[1], Path(sys.argv[2]), progress=lambda done, total: (print("here", flush=True), time.sleep(60)))
"""
    words = [sys.executable, "-c", child, f"sqlite:///{database}", str(tmp_path / "backup.db")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    assert [each.name.endswith(".unfinished") for each in tmp_path.glob("*backup*")] == [True]
    back_up(f"sqlite:///{database}", tmp_path / "backup.db", progress=silent)
    assert (tmp_path / "backup.db").exists()
