"""A40: no room on the disk: clear pages, nothing that was acknowledged is lost, and all goes on by itself with room again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.databases import running_cluster
from tests.durability.faults import away
from tests.durability.installation import running
from tests.durability.record import Told
from tests.durability.small_disk import SmallDisk, small_disk
from tests.durability.trial import SETTINGS, Trial
from webvartti.demo.country import Country

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROUNDS = 2
NO_ROOM = {"storage-unavailable", "audit-unavailable"}
"""What the page says, by what was written first: the audit is written in the same transaction."""

LITTLE_LOG = {"min_wal_size": "2MB", "max_wal_size": "4MB"}
FOR = 2.5
"""Seconds, in which people go on trying."""


def alternate(trial: Trial, disk: SmallDisk, recover: Callable[[], None] = lambda: None) -> None:
    """Full and not full in turn, while people act."""

    def work() -> None:
        for _ in range(ROUNDS):
            time.sleep(FOR)
            with disk.full():
                time.sleep(FOR)
            recover()
            trial.running.wait_until_well()
        time.sleep(FOR)

    trial.while_people_act(work)
    trial.settle()


def refusals(trial: Trial) -> set[str]:
    """The codes of the pages that said that nothing was stored."""
    return {line.answer.removeprefix("503 ") for line in trial.record.lines if line.told is Told.NOT_STORED}


def deaths(trial: Trial) -> list[str]:
    return [kept.name for node in trial.running.nodes for kept in node.programs if kept.deaths]


def assert_sound(trial: Trial, seed: str) -> None:
    wrong = trial.examine(sent_twice=len(trial.contents()["outbox"]))  # a mail that couldn't be noted is sent again
    assert not wrong, f"{trial.directory}, WEBVARTTI_TEST_SEED={seed}:\n" + "\n".join(wrong)


def test_a40_the_disk_of_a_sqlite_database_is_full(
    furnished: Country, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    directory = tmp_path_factory.mktemp("full")
    with small_disk(directory / "small", "8m") as disk:
        file = shutil.copy(furnished.directory / "webvartti.db", disk.path / "webvartti.db")
        changes = {**SETTINGS, "WEBVARTTI_DATABASE_URL": f"sqlite:///{file}"}
        with running(furnished, directory, changes=changes) as installation:
            trial = Trial(installation, f"{seed} full")
            alternate(trial, disk)
            assert deaths(trial) == []
        assert refusals(trial) & NO_ROOM
        assert_sound(trial, seed)


def test_a40_the_disk_of_a_postgresql_server_is_full(
    furnished: Country, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    """Without room for its write-ahead log the server stops itself; whoever looks after it starts it again."""
    directory = tmp_path_factory.mktemp("full")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="webvartti-pg-")))
        folder.chmod(0o755)
        disk = stack.enter_context(small_disk(folder / "small", "64m"))
        cluster = stack.enter_context(running_cluster(disk.path / "cluster", LITTLE_LOG, "--wal-segsize=1"))

        def start_again() -> None:
            if not cluster.is_running():
                cluster.start()

        with running(furnished, directory, cluster=cluster, changes=SETTINGS) as installation:
            trial = Trial(installation, f"{seed} full")
            alternate(trial, disk, start_again)
            assert deaths(trial) == []
        assert refusals(trial) & NO_ROOM
        assert_sound(trial, seed)


def test_a40_the_disk_of_the_checkpoints_is_full(
    furnished: Country, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    """Orders go on, for their audit is written with them. The worker says that it leaves no checkpoint, and makes up for it."""
    directory = tmp_path_factory.mktemp("full")
    with small_disk(directory / "small", "64k") as disk:
        changes = {**SETTINGS, "WEBVARTTI_AUDIT_CHECKPOINT_FILE": str(disk.path / "checkpoints.jsonl")}
        disk.fill()  # from the start: the last block of a file that is there has room for some lines more
        with running(furnished, directory, changes=changes) as installation:
            trial = Trial(installation, f"{seed} checkpoints")

            def work() -> None:
                time.sleep(2 * FOR)
                disk.empty()
                time.sleep(FOR)

            trial.while_people_act(work)
            trial.settle()
            assert deaths(trial) == []
            log = (installation.nodes[0].directory / "log" / "webvartti-worker").read_text()
        assert refusals(trial) == set()
        assert "the worker's round was not finished: audit-unavailable" in log
        assert_sound(trial, seed)


def test_a40_everything_is_full_and_away_at_once(
    furnished: Country, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    """No room for the database, none for the checkpoints, no registers, no mail, and all programs are killed meanwhile."""
    directory = tmp_path_factory.mktemp("full")
    with small_disk(directory / "small", "8m") as disk, small_disk(directory / "other", "64k") as other:
        file = shutil.copy(furnished.directory / "webvartti.db", disk.path / "webvartti.db")
        changes = {
            **SETTINGS,
            "WEBVARTTI_DATABASE_URL": f"sqlite:///{file}",
            "WEBVARTTI_AUDIT_CHECKPOINT_FILE": str(other.path / "checkpoints.jsonl"),
        }
        with running(furnished, directory, changes=changes) as installation:
            trial = Trial(installation, f"{seed} everything")
            register, mail = directory / "register", directory / "mail"

            def work() -> None:
                time.sleep(FOR)
                with disk.full(), other.full(), away(register), in_the_way(mail):
                    for kept in installation.nodes[0].programs:
                        installation.keeper.kill(kept, with_children=True)
                    time.sleep(2 * FOR)
                installation.wait_until_well()
                time.sleep(FOR)

            trial.while_people_act(work)
            trial.settle()
        assert_sound(trial, seed)


@contextmanager
def in_the_way(folder: Path) -> Iterator[None]:
    """A file stands where a folder should be, so that nothing can be written there."""
    with away(folder) if folder.exists() else nullcontext():
        folder.write_text("in the way")
        try:
            yield
        finally:
            folder.unlink()
