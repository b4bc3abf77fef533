"""A worker that is told to stop ends what it is at, begins nothing else, and never misses the signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from click.testing import CliRunner

from tests.conftest import Installation
from tests.integration.service.reviewing import APPROVE, open_office
from tests.integration.service.test_workers_together import write_messages
from tests.unit.domain.placed import ANNA
from webvartti.cli.operations import repeat
from webvartti.cli.signals import Stop
from webvartti.domain.messages import Message
from webvartti.domain.review import EFFECT_DELAY
from webvartti.main import main
from webvartti.messages.mail import FileMailSender
from webvartti.services import Services

pytestmark = pytest.mark.timeout(60)


class Told:
    """The signal arrives in a place that no exception gets out of, as in a driver's clean-up."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_is_heeded_wherever_it_arrives(
    installation: Installation, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_messages(services, 3)
    send = FileMailSender.send

    def send_and_be_told(self: FileMailSender, message: Message) -> None:
        Told()
        send(self, message)

    monkeypatch.setattr(FileMailSender, "send", send_and_be_told)
    ended = CliRunner().invoke(main, ["worker", "--every", "0.1"], env=installation.environ)
    assert (ended.exit_code, ended.output) == (0, "")
    assert len(list(installation.directory.glob("mail/*.eml"))) == 1
    assert [message.attempts for message in services.worker.waiting()] == [0, 0]


@dataclass
class StoppedSender:
    """Somebody asks the worker to stop while it sends its first message."""

    stop: Stop = field(default_factory=Stop)
    sent: list[int] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.sent.append(message.id)
        self.stop.set()


def test_another_worker_takes_over_at_once(installation: Installation, services: Services) -> None:
    write_messages(services, 3)
    sender = StoppedSender()
    repeat(replace(services, worker=replace(services.worker, sender=sender)), 60, sender.stop)
    assert len(sender.sent) == 1
    assert installation.build().worker.run(services.clock()).sent == 2


def test_a_wait_ends_when_somebody_asks_and_stays_ended() -> None:
    stop = Stop()
    stop.wait(0.001)
    assert not stop.is_set()
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    stop.wait(30)
    timer.join()
    assert stop.is_set()
    stop.wait(30)
    assert stop.is_set()


def test_a_signal_may_ask_in_the_middle_of_a_wait() -> None:
    stop = Stop()
    before = signal.signal(signal.SIGALRM, lambda *_: stop.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        stop.wait(30)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert stop.is_set()


def asked_after(pieces: int) -> Callable[[], bool]:
    """Somebody asks when so many pieces are done."""
    asked = iter([False] * pieces)
    return lambda: next(asked, True)


def test_no_batch_is_sealed_after_that_and_the_rest_is_sealed_next_time(services: Services) -> None:
    for number in range(3):
        services.orders.exported(number, "test", services.clock())
    waiting = services.audit.verify(None).unsealed
    assert services.audit.seal_pending(services.clock(), asked_after(0)) == 0
    assert services.audit.verify(None).unsealed == waiting >= 3
    assert services.audit.seal_pending(services.clock()) == waiting


def test_no_decision_takes_effect_after_that_and_the_rest_does_next_time(installation: Installation) -> None:
    office = open_office(installation)
    for slug in ("aino", "bjorn"):
        office.decide(office.place(slug), APPROVE, ANNA)
    due = office.now + EFFECT_DELAY
    assert office.services.review.settle(due, asked_after(1)) == 1
    assert office.services.review.settle(due) == 1
