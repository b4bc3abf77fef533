"""Several workers on one database: nothing is done twice, nothing is left, and nobody waits for a slow one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from tests.conftest import Installation
from tests.databases import ask, execute, is_sqlite
from tests.integration.service.reviewing import APPROVE, Office, open_office
from tests.unit.domain.placed import ANNA
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.jobs import LEASE
from webvartti.domain.messages import Message, MessageKind
from webvartti.domain.review import EFFECT_DELAY
from webvartti.services import Services
from webvartti.services.worker import Worker, run_quietly
from webvartti.storage.errors import DatabaseBusy

ROOT = Path(__file__).parents[3]
MESSAGES = 200
MINUTE = timedelta(minutes=1)


def write_messages(services: Services, count: int = MESSAGES) -> None:
    with services.renewals.units.writing() as unit:
        for number in range(count):
            values = {"number": f"WV-{number}"}
            unit.outbox.add(Message(MessageKind.ORDER_WITHDRAWN, "aino@example.fi", "fi", values), services.clock())
        unit.commit()


def is_everything_done(installation: Installation) -> bool:
    left = "SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) + (SELECT count(*) FROM audit_unsealed)"
    return ask(installation.url, left) == [(0,)]


def demand_each_sent_and_sealed_once(installation: Installation, services: Services) -> None:
    mails = [path.read_text().split("Message-ID: ")[1].splitlines()[0] for path in installation.directory.glob("mail/*.eml")]
    assert (len(mails), len(set(mails))) == (MESSAGES, MESSAGES)
    assert ask(installation.url, "SELECT DISTINCT attempts FROM outbox") == [(1,)]
    entries = len(services.audit.show(limit=10_000))
    found = services.audit.verify(installation.settings.audit_checkpoint_file)
    assert (found.sealed, found.unsealed) == (entries, 0)


def test_ten_workers_send_each_message_and_seal_each_entry_once(installation: Installation, services: Services) -> None:
    """Each gives its jobs back after every round, so that on SQLite too they go from hand to hand."""
    write_messages(services)
    workers = [installation.build().worker for _ in range(10)]
    busy: list[Worker] = []

    def work(worker: Worker) -> int:
        sent = 0
        while not is_everything_done(installation):
            try:
                done = worker.run(services.clock())
                worker.leave()
            except DatabaseBusy:  # ten writers in ten engines, on a slow machine: its loop tries again in the next round
                busy.append(worker)
                continue
            sent += done.sent
            if done.sent:
                services.orders.exported(done.sent, "test", services.clock())
            else:
                time.sleep(0.1)
        return sent

    with ThreadPoolExecutor(10) as pool:
        sent = list(pool.map(work, workers))
    assert sum(sent) == MESSAGES or busy  # what a round had sent before it met a lock isn't told
    services.worker.run(services.clock())
    demand_each_sent_and_sealed_once(installation, services)


def started(installation: Installation) -> subprocess.Popen[bytes]:
    environ = {"PATH": os.environ["PATH"], **installation.environ}
    words = [sys.executable, "-m", "webvartti.main", "worker", "--every", "0.1"]
    return subprocess.Popen(words, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)


def wait_until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_two_worker_processes_send_each_message_and_seal_each_entry_once(
    installation: Installation, services: Services
) -> None:
    write_messages(services)
    running = [started(installation) for _ in range(2)]
    try:
        for number in range(50):
            services.orders.exported(number, "test", services.clock())
        wait_until(lambda: is_everything_done(installation))
    finally:
        for process in running:
            process.terminate()
    assert [process.wait(30) for process in running] == [0, 0]
    demand_each_sent_and_sealed_once(installation, services)


@dataclass
class SlowSender:
    """A mail server that takes its time with the first message."""

    begun: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)
    sent: list[int] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.begun.set()
        assert self.may_end.wait(60)
        self.sent.append(message.id)


def test_a_slow_mail_server_keeps_nobody_from_sealing(installation: Installation, services: Services) -> None:
    """On SQLite the other worker takes over what the slow one hasn't renewed."""
    write_messages(services, 1)
    sender, now = SlowSender(), services.clock()
    slow, other = replace(services.worker, sender=sender), installation.build().worker
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(slow.run, now)
        try:
            assert sender.begun.wait(30)
            services.orders.exported(1, "test", now)
            done = other.run(now + LEASE)
        finally:
            sender.may_end.set()
        assert (done.sealed, done.sent) == (1, 0)
        assert first.result().sent == 1


def test_a_message_is_sent_once_by_workers_who_both_think_the_job_is_theirs(
    installation: Installation, services: Services
) -> None:
    """The slow one's lease is over, or the connection with its lock has broken; the other one has done its work meanwhile."""
    write_messages(services, 5)
    sender, now = SlowSender(), services.clock()
    slow, other = replace(services.worker, sender=sender), installation.build().worker
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run_quietly, slow, now)
        try:
            assert sender.begun.wait(30)
            if not is_sqlite(installation.url):
                locking = "datname = current_database() AND state = 'idle in transaction'"
                end = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {locking}"  # noqa: S608 - the words above
                assert ask(installation.url, end) == [(True,)]
            assert other.run(now + LEASE).sent == 4
        finally:
            sender.may_end.set()
        first.result()
    assert len(sender.sent) == 1
    assert other.waiting() == ()
    assert len(list(installation.directory.glob("mail/*.eml"))) == 4


class PowerCut(BaseException):
    """Nothing of the program runs after this."""


class DyingSender:
    """Whoever sends with it is gone before it returns."""

    def send(self, message: Message) -> None:
        raise PowerCut


def test_a_message_of_a_worker_that_died_is_sent_ten_minutes_later(installation: Installation, services: Services) -> None:
    write_messages(services, 1)
    now, other = services.clock(), installation.build().worker
    with pytest.raises(PowerCut):
        replace(services.worker, sender=DyingSender()).run(now)
    assert [message.attempts for message in other.waiting()] == [1]
    assert other.run(now + 10 * MINUTE - timedelta(seconds=1)).sent == 0
    assert other.run(now + 10 * MINUTE).sent == 1
    assert other.waiting() == ()


def test_one_job_s_trouble_keeps_no_other_from_being_done(installation: Installation) -> None:
    """The third of the jobs meets a table that isn't there; those before and those after it are done in the same round."""
    office: Office = open_office(installation)
    office.decide(office.place(), APPROVE, ANNA)
    execute(installation.url, "ALTER TABLE tickets RENAME TO mislaid")
    due = office.now + EFFECT_DELAY
    with pytest.raises(StorageUnavailable):
        office.services.worker.run(due)
    assert office.services.audit.verify(None).unsealed <= 1  # the decision that took effect after the sealing
    assert [path.suffix for path in (installation.directory / "mail").iterdir()] == [".eml"]
    assert office.audit()[-1].action == "order.decided"
    execute(installation.url, "ALTER TABLE mislaid RENAME TO tickets")
    assert office.services.worker.run(due).sent == 1


class Broken:
    """A sender with a mistake of ours."""

    def send(self, message: Message) -> None:
        raise ZeroDivisionError("aino@example.fi")


def test_nor_does_a_mistake_of_ours(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    write_messages(services, 1)
    services.orders.exported(1, "test", services.clock())
    with services.renewals.units.writing() as unit:
        unit.attempts.spend({"k": MINUTE}, services.clock() + MINUTE, services.clock() - 60 * MINUTE)
        unit.commit()
    assert run_quietly(replace(services.worker, sender=Broken()), services.clock()) is None
    with services.renewals.units.writing() as unit:
        assert unit.attempts.delete_spent(services.clock()) == 0  # the job after it has done that
    assert "ZeroDivisionError" in caplog.text
    assert "aino" not in caplog.text
