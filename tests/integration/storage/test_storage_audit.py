"""The audit: written with what it tells, or nothing is; sealed in a chain that shows what was done to it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import datetime

import pytest

from tests.databases import execute, forbid_inserts
from webvartti.domain.audit import FIRST_SEAL, AuditBroken, AuditEntry, Sealed, seal, verify_chain
from webvartti.domain.errors import AuditUnavailable, StorageUnavailable
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.orders import Order
from webvartti.storage.errors import ConstraintViolated, NaiveDateTime, SealWithoutEntry
from webvartti.storage.unit_of_work import Storage

KEY = b"k" * 32


@pytest.fixture
def entry(now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor=Actor(ActorKind.HOLDER, "registration-number:00098705718"),
        action="order.placed",
        subject="registration-number:00098705718",
        order="WV-2026-000001",
        detail={"crl": "17", "å": "ä"},
    )


def _seal_all(storage: Storage) -> None:
    with storage.writing() as unit:
        position, last = unit.audit.last_seal()
        sealed = []
        for waiting in unit.audit.unsealed(1_000_000):
            position, last = position + 1, seal(KEY, last, waiting)
            sealed.append(Sealed(position, last, waiting))
        unit.audit.add_seals(sealed)
        unit.commit()


def _write(storage: Storage, entry: AuditEntry, count: int) -> None:
    with storage.writing() as unit:
        for number in range(count):
            unit.audit.add(replace(entry, order=f"WV-{number}"))
        unit.commit()


def _verify(storage: Storage) -> int:
    with storage.reading() as unit:
        return verify_chain(KEY, unit.audit.chain())


def test_an_entry_comes_back_as_it_was_with_its_id(storage: Storage, entry: AuditEntry) -> None:
    with storage.writing() as unit:
        unit.audit.add(entry)
        unit.audit.add(entry)
        unit.commit()
    with storage.reading() as unit:
        assert unit.audit.unsealed(10) == (replace(entry, id=1), replace(entry, id=2))
        assert unit.audit.unsealed(1) == (replace(entry, id=1),)


def test_a34_no_order_without_its_audit_row(storage: Storage, url: str, order: Order, entry: AuditEntry) -> None:
    forbid_inserts(url, "audit")

    def place() -> None:
        with storage.writing() as unit:
            unit.orders.add(order)
            unit.audit.add(entry)
            unit.commit()

    with pytest.raises(AuditUnavailable):
        place()
    with storage.reading() as unit:
        assert unit.orders.of_person(order.person) == ()


def test_a34_no_commit_after_a_failed_audit_even_where_the_error_is_swallowed(
    storage: Storage, url: str, order: Order, entry: AuditEntry
) -> None:
    execute(url, "DROP TABLE audit")
    with storage.writing() as unit:
        unit.orders.add(order)
        with pytest.raises(AuditUnavailable) as unavailable:
            unit.audit.add(entry)
        with pytest.raises(StorageUnavailable):
            unit.commit()
    assert isinstance(unavailable.value.__cause__, StorageUnavailable)
    with storage.reading() as unit:
        assert unit.orders.of_person(order.person) == ()


def test_a_naive_time_is_not_written_either(storage: Storage, entry: AuditEntry) -> None:
    naive = replace(entry, at=entry.at.replace(tzinfo=None))
    with storage.writing() as unit, pytest.raises(AuditUnavailable) as unavailable:
        unit.audit.add(naive)
    assert isinstance(unavailable.value.__cause__, NaiveDateTime)


def test_a34_an_untouched_chain_holds_and_grows(storage: Storage, entry: AuditEntry) -> None:
    with storage.reading() as unit:
        assert unit.audit.last_seal() == (0, FIRST_SEAL)
        assert list(unit.audit.chain()) == []
    for expected in (3, 6):
        _write(storage, entry, 3)
        _seal_all(storage)
        assert _verify(storage) == expected
        with storage.reading() as unit:
            assert unit.audit.unsealed(10) == ()
            assert unit.audit.last_seal()[0] == expected


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("DELETE FROM audit WHERE id = 2", 2),
        ("UPDATE audit SET action = 'order.read' WHERE id = 3", 3),
        ("UPDATE audit SET at = '2026-11-23 10:30:15.123457' WHERE id = 1", 1),
        ("DELETE FROM audit_seals WHERE position = 2", 2),
        ("UPDATE audit_seals SET audit_id = 99 WHERE position = 4", 4),
    ],
)
def test_a34_the_first_bad_entry_is_named(storage: Storage, url: str, entry: AuditEntry, statement: str, position: int) -> None:
    _write(storage, entry, 5)
    _seal_all(storage)
    execute(url, statement)
    with pytest.raises(AuditBroken) as broken:
        _verify(storage)
    assert broken.value.position == position


def test_the_id_of_a_deleted_entry_is_never_given_again(storage: Storage, url: str, entry: AuditEntry) -> None:
    _write(storage, entry, 2)
    execute(url, "DELETE FROM audit WHERE id = 2")
    _write(storage, entry, 1)
    with storage.reading() as unit:
        assert [one.id for one in unit.audit.recent(limit=9)] == [3, 1]


def test_an_entry_is_sealed_once_and_a_position_is_taken_once(storage: Storage, entry: AuditEntry) -> None:
    _write(storage, entry, 2)
    with storage.reading() as unit:
        first, second = unit.audit.unsealed(2)
    _seal_all(storage)
    for again in (Sealed(3, "s", first), Sealed(2, "s", replace(second, id=77))):
        with storage.writing() as unit, pytest.raises(ConstraintViolated):
            unit.audit.add_seals([again])
    with storage.writing() as unit, pytest.raises(SealWithoutEntry):
        unit.audit.add_seals([Sealed(3, "s", None)])
    assert _verify(storage) == 2


def test_a_long_chain_does_not_fill_the_memory(storage: Storage, url: str) -> None:
    rows = 20_000
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"  # noqa: S608 - a number
    entry = "'2026-11-23 10:30:15.123456+00:00', 'system', 'job', 'a', '', '', '{}'"
    execute(
        url,
        f"INSERT INTO audit {numbers} SELECT i, {entry} FROM n",  # noqa: S608 - the values above
        f"INSERT INTO audit_seals {numbers} SELECT i, i, '{'s' * 64}' FROM n",  # noqa: S608 - the values above
    )
    with storage.reading() as unit:
        tracemalloc.start()
        count = sum(1 for sealed in unit.audit.chain() if sealed.entry is not None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == rows
    assert peak < 4_000_000


def test_a_chain_left_half_read_leaves_a_clean_connection(storage: Storage, entry: AuditEntry) -> None:
    _write(storage, entry, 3)
    _seal_all(storage)
    with storage.reading() as unit:
        assert next(unit.audit.chain()).position == 1
    _write(storage, entry, 1)
    assert _verify(storage) == 3


def test_recent_entries_newest_first_and_filtered(storage: Storage, entry: AuditEntry) -> None:
    other = replace(entry, subject="staff:1", action="session.started", order="")
    with storage.writing() as unit:
        for one in (entry, other, replace(entry, order="WV-2"), other):
            unit.audit.add(one)
        unit.commit()
    with storage.reading() as unit:
        assert [one.id for one in unit.audit.recent(limit=3)] == [4, 3, 2]
        assert [one.id for one in unit.audit.recent(limit=9, subject="staff:1")] == [4, 2]
        assert [one.id for one in unit.audit.recent(limit=9, order="WV-2")] == [3]
        assert [one.id for one in unit.audit.recent(limit=9, subject=entry.subject)] == [3, 1]
        assert unit.audit.recent(limit=9, subject="staff:2") == ()
