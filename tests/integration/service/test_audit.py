"""A34 end to end: sealed at once, checkpointed outside the database, every touch named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Installation
from tests.databases import execute
from webvartti.domain.audit import AuditBroken
from webvartti.domain.errors import AuditUnavailable
from webvartti.domain.holders import Person
from webvartti.domain.messages import Feedback, Message, MessageKind
from webvartti.services import Services
from webvartti.services.audit import CheckpointsUnreadable
from webvartti.services.worker import run_quietly


@pytest.fixture
def sealed(installation: Installation, services: Services) -> Services:
    """Six entries, sealed in two rounds."""
    for number in range(6):
        services.orders.exported(number, "test", services.clock())
        if number in (2, 5):
            services.worker.run(services.clock())
    return services


def test_a34_what_the_worker_sealed_holds(installation: Installation, sealed: Services) -> None:
    found = sealed.audit.verify(installation.settings.audit_checkpoint_file)
    total = len(sealed.audit.show(limit=1000))
    assert (found.sealed, found.unsealed) == (total, 0)
    assert found.checkpoints >= 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing' WHERE id = (SELECT max(id) - 1 FROM audit)",
        "DELETE FROM audit WHERE id = (SELECT max(id) - 1 FROM audit)",
        "DELETE FROM audit_seals WHERE position = (SELECT max(position) - 1 FROM audit_seals)",
        "UPDATE audit SET at = (SELECT min(at) FROM audit) WHERE id = (SELECT max(id) FROM audit)",
    ],
)
def test_a34_a_touched_entry_is_named(installation: Installation, sealed: Services, statement: str) -> None:
    total = len(sealed.audit.show(limit=1000))
    execute(installation.url, statement)
    with pytest.raises(AuditBroken) as broken:
        sealed.audit.verify(None)
    assert broken.value.position in (total - 1, total)


def test_a34_a_cut_tail_is_seen_with_the_checkpoints_only(installation: Installation, sealed: Services) -> None:
    total = len(sealed.audit.show(limit=1000))
    execute(installation.url, "DELETE FROM audit_seals WHERE position > (SELECT max(position) - 2 FROM audit_seals)")
    execute(installation.url, "DELETE FROM audit WHERE id > (SELECT max(audit_id) FROM audit_seals)")
    assert sealed.audit.verify(None).sealed == total - 2
    with pytest.raises(AuditBroken) as broken:
        sealed.audit.verify(installation.settings.audit_checkpoint_file)
    assert broken.value.position == total - 1


def test_a34_a_broken_checkpoint_file_is_named(installation: Installation, sealed: Services) -> None:
    file = installation.settings.audit_checkpoint_file
    file.write_text(file.read_text() + "{not a checkpoint}\n")
    with pytest.raises(CheckpointsUnreadable, match="line"):
        sealed.audit.verify(file)


def test_a40_a_checkpoint_that_couldn_t_be_left_is_made_up_for(installation: Installation, services: Services) -> None:
    """Its disk was full, or the worker was killed: without it a tail that is cut off now would not be seen."""
    file = installation.settings.audit_checkpoint_file
    file.mkdir()
    services.orders.exported(1, "test", services.clock())
    with pytest.raises(AuditUnavailable):
        services.worker.run(services.clock())
    assert services.audit.verify(None).unsealed == 0
    with pytest.raises(AuditUnavailable):
        services.worker.run(services.clock())
    file.rmdir()
    services.worker.run(services.clock())
    found = services.audit.verify(file)
    assert (found.checkpoints, found.unsealed) == (1, 0)
    services.worker.run(services.clock())
    assert services.audit.verify(file).checkpoints == 1
    execute(installation.url, "DELETE FROM audit_seals WHERE position = (SELECT max(position) FROM audit_seals)")
    services.worker.run(services.clock())  # leaves none that would speak for the shorter chain
    with pytest.raises(AuditBroken):
        services.audit.verify(file)


def test_feedback_is_stored_for_the_operators(services: Services) -> None:
    services.feedback.leave(Feedback(services.clock(), "fi", "/fi/feedback", "Hyvin toimii"))
    assert [entry.text for entry in services.feedback.read(10)] == ["Hyvin toimii"]


def test_messages_are_sent_once_and_a_failure_is_tried_again_and_visible(
    installation: Installation, services: Services
) -> None:
    """The mail directory is a file first: nothing can be written, so the message waits; then it is put right."""
    mail = installation.directory / "mail"
    mail.write_text("in the way")
    now = services.clock()
    with services.renewals.units.writing() as unit:
        unit.outbox.add(Message(MessageKind.ORDER_WITHDRAWN, "aino@example.fi", "fi", {"number": "WV-2222-2222"}), now)
        unit.commit()
    first, second = services.worker.run(now), services.worker.run(now)
    assert (first.sent, first.failed) == (0, 1)
    assert (second.sent, second.failed) == (0, 0)  # it isn't due yet
    assert [message.attempts for message in services.worker.waiting()] == [1]
    mail.unlink()
    later = now + timedelta(minutes=5)
    assert services.worker.run(later).sent == 1
    assert services.worker.run(later).sent == 0
    assert services.worker.waiting() == ()
    assert len(list(mail.glob("*.eml"))) == 1


def test_a_message_that_never_gets_through_doesn_t_stop_the_worker(installation: Installation, services: Services) -> None:
    (installation.directory / "mail").write_text("in the way")
    now = services.clock()
    with services.renewals.units.writing() as unit:
        unit.outbox.add(Message(MessageKind.ORDER_WITHDRAWN, "aino@example.fi", "fi", {"number": "WV-2222-2222"}), now)
        unit.commit()
    execute(installation.url, "UPDATE outbox SET attempts = 5000")
    done = run_quietly(services.worker, now)
    assert done is not None
    assert done.failed == 1
    assert services.worker.waiting()[0].attempts == 5001


def test_what_was_sent_long_ago_and_old_keys_are_thrown_away(installation: Installation, services: Services) -> None:
    now = services.clock()
    with services.renewals.units.writing() as unit:
        unit.outbox.add(Message(MessageKind.ORDER_WITHDRAWN, "aino@example.fi", "fi", {"number": "WV-2222-2222"}), now)
        unit.idempotency.claim("k" * 40, Person("registration-number", "1"), "WV-2222-2222", now)
        unit.commit()
    services.worker.run(now)
    assert services.worker.run(now + timedelta(days=29)).expired == 0
    assert services.worker.run(now + timedelta(days=31)).expired == 2


def test_a34_an_entry_that_was_kept_out_of_the_chain_is_found(installation: Installation, sealed: Services) -> None:
    sealed.orders.exported(1, "test", sealed.clock())
    assert sealed.audit.verify(None).unsealed == 1
    execute(installation.url, "DELETE FROM audit_unsealed")  # before the worker came to seal it
    sealed.worker.run(sealed.clock())
    with pytest.raises(AuditBroken, match="kept out of the chain"):
        sealed.audit.verify(None)
