"""Retention as a use case: planned first, all or nothing in each unit, stopped and begun again, and in nobody's way."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Installation, silent
from tests.integration.service.retaining import OPERATOR, Archive, open_archive
from webvartti.domain.audit import AuditBroken
from webvartti.domain.errors import AuditUnavailable, NotFound
from webvartti.domain.events import OrderState
from webvartti.domain.holders import CardId
from webvartti.domain.orders import Order
from webvartti.domain.retention import ClocksDiffer, Kind, NoTermSet
from webvartti.services.audit import Audit
from webvartti.services.retention import AHEAD
from webvartti.storage.checkpoints import AppendOnlyFile


@pytest.fixture
def archive(installation: Installation) -> Archive:
    found = open_archive(installation)
    found.services.worker.run(found.office.now)
    return found


@pytest.fixture
def orders(archive: Archive) -> tuple[Order, Order]:
    """One that has ended, one that is on its way."""
    found = archive.withdrawn("aino"), archive.office.place("bjorn")
    archive.services.worker.run(archive.office.now)
    return found


def test_a_plan_changes_nothing(archive: Archive, orders: tuple[Order, Order]) -> None:
    before = archive.dump()
    plan = {due.kind: due for due in archive.retention.plan(archive.later)}
    assert archive.dump() == before
    assert {kind: due.count for kind, due in plan.items() if kind is not Kind.AUDIT} == {
        Kind.ORDERS: 1, Kind.CONTACTS: 1, Kind.FEEDBACK: 0, Kind.MESSAGES: 3,
    }  # fmt: skip
    kept = plan[Kind.ORDERS].oldest_kept
    assert kept is not None
    assert (kept.order, kept.state) == (orders[1].number, OrderState.SUBMITTED)
    held_by = plan[Kind.AUDIT].oldest_kept
    assert held_by is not None
    assert held_by.order == orders[1].number


def test_what_is_due_goes_and_what_is_on_its_way_keeps_everything(archive: Archive, orders: tuple[Order, Order]) -> None:
    ended, on_its_way = orders
    plan = archive.retention.plan(archive.later)
    gone = archive.delete()
    assert gone == {due.kind: due.count for due in plan}
    assert archive.office.order(on_its_way.number) == on_its_way
    with pytest.raises(NotFound):
        archive.office.order(ended.number)
    told = "".join(line for line in archive.dump() if not line.startswith("audit"))
    for trace in (ended.number, ended.contact.email, ended.person.serial_number):
        assert trace not in told
    assert on_its_way.contact.email in told
    assert archive.services.worker.waiting() == ()


def test_a_shared_clock_that_is_ahead_deletes_nothing(archive: Archive, orders: tuple[Order, Order]) -> None:
    """Whoever can set the database server's clock must not be able to delete what is to be kept."""
    before, plan = archive.dump(), archive.retention.plan(archive.later)
    behind = replace(archive.retention, machine=lambda: archive.later - AHEAD - timedelta(seconds=1))
    with pytest.raises(ClocksDiffer, match="nothing was deleted"):
        behind.delete(plan, OPERATOR, archive.later, silent)
    assert archive.dump() == before
    assert replace(archive.retention, machine=lambda: archive.later - AHEAD).delete(plan, OPERATOR, archive.later, silent)


def test_a_second_run_does_nothing(archive: Archive, orders: tuple[Order, Order]) -> None:
    archive.delete()
    after = archive.dump()
    assert set(archive.delete().values()) == {0}
    assert archive.dump() == after


def test_the_audit_tells_who_deleted_what_under_which_terms(archive: Archive, orders: tuple[Order, Order]) -> None:
    gone = archive.delete()
    begun, *deleted = [entry for entry in archive.office.audit() if entry.action.startswith("retention.")]
    assert {entry.actor for entry in (begun, *deleted)} == {OPERATOR}
    assert (begun.action, begun.detail["orders_months"], begun.detail["orders_due"]) == ("retention.begun", "12", "1")
    assert datetime.fromisoformat(begun.detail["audit_before"]).date() < archive.later.date() - timedelta(days=360)
    assert {Kind(entry.detail["kind"]): int(entry.detail["count"]) for entry in deleted} == {
        kind: count for kind, count in gone.items() if count
    }
    assert deleted[0].detail["numbers"] == orders[0].number
    assert (deleted[2].detail["first"], deleted[2].detail["last"]) == ("1", str(gone[Kind.AUDIT]))
    assert "@" not in " ".join(value for entry in deleted for value in entry.detail.values())


def test_the_audit_is_whole_for_each_order_that_is_still_here(archive: Archive, orders: tuple[Order, Order]) -> None:
    """Some of what was about the order that has gone is left too: younger than the oldest entry of one that is here."""
    before = archive.office.actions(orders[1].number)
    archive.delete()
    assert archive.office.actions(orders[1].number) == before


def test_once_all_have_ended_the_whole_audit_of_before_goes_and_sealing_goes_on(
    archive: Archive, orders: tuple[Order, Order], installation: Installation
) -> None:
    on_its_way = orders[1]
    archive.services.orders.withdraw(on_its_way.number, on_its_way.person, on_its_way.version, archive.office.now)
    archive.services.audit.seal_pending(archive.office.now)
    total = len(archive.office.audit())
    gone = archive.delete(at_once=3)
    assert gone[Kind.AUDIT] == total
    assert {entry.action for entry in archive.office.audit()} == {"retention.begun", "retention.deleted"}
    archive.services.audit.seal_pending(archive.later)
    for file in (None, installation.settings.audit_checkpoint_file):
        found = archive.services.audit.verify(file)
        assert found.mark is not None
        assert (found.mark.count, found.sealed, found.unsealed) == (total, len(archive.office.audit()), 0)


def test_an_interrupted_run_goes_on_where_it_was(archive: Archive) -> None:
    """After each unit of work in turn the run is interrupted; what had gone has gone, and the audit holds."""
    for slug in ("aino", "bjorn"):
        archive.withdrawn(slug)
    archive.services.audit.seal_pending(archive.office.now)
    total = sum(due.count for due in archive.retention.plan(archive.later))

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    small = replace(archive.retention, at_once=2, machine=lambda: archive.later)
    runs = 0
    while any(due.count for due in small.plan(archive.later)):
        with pytest.raises(KeyboardInterrupt):
            small.delete(small.plan(archive.later), OPERATOR, archive.later, interrupt)
        archive.services.audit.seal_pending(archive.later)
        assert archive.services.audit.verify_with_own_checkpoints().unsealed == 0
        runs += 1
    assert total / 2 <= runs < total
    deleted = [entry.detail["count"] for entry in archive.office.audit() if entry.action == "retention.deleted"]
    assert sum(map(int, deleted)) == total


def test_a34_killed_between_the_mark_in_the_file_and_the_commit_nothing_is_lost(
    archive: Archive, orders: tuple[Order, Order]
) -> None:
    file = archive.office.installation.settings.audit_checkpoint_file

    class Dying(AppendOnlyFile):
        def append(self, line: str) -> None:
            super().append(line)
            raise KeyboardInterrupt

    audit = archive.services.audit
    before, lines = archive.dump(), len(file.read_text().splitlines())
    with pytest.raises(KeyboardInterrupt):
        Audit(audit.units, audit.key, Dying(file)).remove_head(archive.later, 5, OPERATOR, archive.later)
    assert archive.dump() == before
    assert "removed" in json.loads(file.read_text().splitlines()[lines])
    assert audit.verify_with_own_checkpoints().mark is None
    assert archive.delete()[Kind.AUDIT] > 0
    assert audit.verify_with_own_checkpoints().mark is not None


def test_a34_no_entry_goes_without_its_mark_in_the_file(archive: Archive, orders: tuple[Order, Order], tmp_path: Path) -> None:
    audit, before = archive.services.audit, archive.dump()
    nowhere = Audit(audit.units, audit.key, AppendOnlyFile(tmp_path / "nowhere" / "checkpoints"))
    with pytest.raises(AuditUnavailable):
        nowhere.remove_head(archive.later, 5, OPERATOR, archive.later)
    with pytest.raises(AuditUnavailable):
        replace(archive.retention, audit=nowhere, machine=lambda: archive.later).delete(
            archive.retention.plan(archive.later), OPERATOR, archive.later, silent
        )
    assert archive.dump() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing' WHERE id = 1",
        "UPDATE audit SET detail = '{}' WHERE id = (SELECT max(audit_id) FROM audit_seals)",
        "DELETE FROM audit_seals WHERE position = (SELECT max(position) FROM audit_seals)",
    ],
)
def test_a34_where_the_audit_doesn_t_hold_nothing_at_all_is_deleted(
    archive: Archive, orders: tuple[Order, Order], statement: str
) -> None:
    archive.touch(statement)
    before = archive.dump()
    with pytest.raises(AuditBroken):
        archive.delete()
    assert archive.dump() == before


def test_a34_an_entry_that_was_touched_after_the_look_at_the_whole_isn_t_signed_for(
    archive: Archive, orders: tuple[Order, Order]
) -> None:
    archive.touch("UPDATE audit SET action = 'nothing' WHERE id = (SELECT audit_id FROM audit_seals WHERE position = 2)")
    with pytest.raises(AuditBroken) as broken:
        archive.services.audit.remove_head(archive.later, 5, OPERATOR, archive.later)
    assert broken.value.position == 2
    assert archive.services.audit.remove_head(archive.later, 1, OPERATOR, archive.later) == 1


def test_without_any_term_nothing_is_looked_for(installation: Installation) -> None:
    bare = installation.build()
    with pytest.raises(NoTermSet, match="WEBVARTTI_RETENTION_ORDERS_MONTHS"):
        bare.retention.plan(bare.clock())


def test_a_form_that_is_sent_again_after_its_order_has_gone_makes_a_new_one(archive: Archive) -> None:
    """Its key goes with the order, and doesn't lead to one that isn't there."""
    order = archive.withdrawn("aino")
    archive.services.audit.seal_pending(archive.office.now)
    archive.delete()
    again = archive.office.place("aino")
    assert again.number != order.number
    assert archive.office.order(again.number).state is OrderState.SUBMITTED


def test_others_write_meanwhile(archive: Archive) -> None:
    """Not one has to give up, and none waits longer than for a unit or two."""
    template = archive.withdrawn("aino")
    with archive.services.orders.units.writing() as unit:
        for number in range(400):
            card = CardId(template.card.issuer_key, f"{number:x}")
            unit.orders.add(replace(template, number=f"WV-{number:04}-TEST", card=card))
        unit.commit()
    archive.services.audit.seal_pending(archive.office.now)
    finished, written = threading.Event(), 0
    retention = replace(archive.retention, at_once=40, machine=lambda: archive.later)
    plan = retention.plan(archive.later)

    def delete() -> None:
        try:
            retention.delete(plan, OPERATOR, archive.later, silent)
        finally:
            finished.set()

    thread = threading.Thread(target=delete)
    thread.start()
    while not finished.is_set():
        archive.services.orders.exported(0, "somebody else", archive.later)
        written += 1
    thread.join()
    assert {due.count for due in archive.retention.plan(archive.later) if due.kind is Kind.ORDERS} == {0}
    assert written > 2 * 401 // 40
