"""Rules about a set of rows, where several people change the set at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest

from tests.unit.domain.placed import ANNA, BENGT
from webvartti.domain.audit import AuditEntry
from webvartti.domain.holders import Person
from webvartti.domain.permissions import Role
from webvartti.domain.repositories import UnitOfWork
from webvartti.domain.staff import Colleague
from webvartti.storage.errors import TransactionConflict
from webvartti.storage.unit_of_work import MOST_TRIES, Storage


@pytest.fixture
def supervised(storage: Storage, now: datetime) -> Storage:
    """Anna and Bengt are supervisors, and one must stay."""
    with storage.writing() as unit:
        for colleague in (ANNA, BENGT):
            unit.staff.grant(colleague, Role.SUPERVISOR, now)
        unit.commit()
    return storage


def supervisors(storage: Storage) -> frozenset[Person]:
    with storage.reading() as unit:
        return unit.staff.supervisors()


def dismiss(unit: UnitOfWork, colleague: Colleague) -> bool:
    """Unless nobody would be left."""
    if unit.staff.supervisors() <= {colleague.person}:
        return False
    unit.staff.revoke(colleague.person, Role.SUPERVISOR)
    unit.commit()
    return True


@pytest.mark.only_postgresql("on SQLite one writes after the other")
def test_without_it_two_who_look_at_the_same_time_dismiss_both(supervised: Storage) -> None:
    """What it is for: each sees the other, and takes away one only."""
    with supervised.writing() as one, supervised.writing() as two:
        assert len(one.staff.supervisors()) == len(two.staff.supervisors()) == 2
        assert dismiss(one, ANNA)
        two.staff.revoke(BENGT.person, Role.SUPERVISOR)
        two.commit()
    assert supervisors(supervised) == frozenset()


@pytest.mark.only_postgresql("on SQLite one writes after the other")
def test_of_two_who_look_at_the_same_time_one_looks_again(supervised: Storage) -> None:
    tries: list[Colleague] = []
    barrier = Barrier(2)

    def work(unit: UnitOfWork, colleague: Colleague) -> bool:
        tries.append(colleague)
        assert supervisors(supervised)
        seen = unit.staff.supervisors()
        if len(tries) <= 2:
            barrier.wait(10)
        if seen <= {colleague.person}:
            return False
        unit.staff.revoke(colleague.person, Role.SUPERVISOR)
        unit.commit()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda who: supervised.serially(lambda unit: work(unit, who)), (ANNA, BENGT)))
    assert sorted(done) == [False, True]
    assert len(tries) == 3
    assert len(supervisors(supervised)) == 1


def test_one_supervisor_always_stays(supervised: Storage, now: datetime) -> None:
    for _ in range(20):
        barrier = Barrier(2)

        def leave(colleague: Colleague, together: Barrier = barrier) -> bool:
            together.wait()
            return supervised.serially(lambda unit: dismiss(unit, colleague))

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(leave, (ANNA, BENGT))) == [False, True]
        with supervised.writing() as unit:
            assert len(unit.staff.supervisors()) == 1
            for colleague in (ANNA, BENGT):
                unit.staff.grant(colleague, Role.SUPERVISOR, now)
            unit.commit()


@pytest.mark.only_postgresql("on SQLite nobody can come in between")
def test_who_is_always_disturbed_gives_up_by_name(supervised: Storage, now: datetime) -> None:
    tries = 0

    def disturbed(unit: UnitOfWork) -> None:
        nonlocal tries
        tries += 1
        unit.staff.supervisors()
        with supervised.writing() as other:
            other.staff.revoke(ANNA.person, Role.SUPERVISOR)
            other.staff.grant(ANNA, Role.SUPERVISOR, now)
            other.commit()
        unit.staff.revoke(ANNA.person, Role.SUPERVISOR)
        unit.audit.add(AuditEntry(now, BENGT.actor, "role.revoked"))
        unit.commit()

    with pytest.raises(TransactionConflict):
        supervised.serially(disturbed)
    assert tries == MOST_TRIES
    assert len(supervisors(supervised)) == 2
    with supervised.reading() as unit:
        assert unit.audit.recent(limit=1) == ()


@pytest.mark.only_postgresql("on SQLite nobody can come in between")
def test_a_row_that_somebody_made_meanwhile_is_not_lost_silently(storage: Storage, now: datetime) -> None:
    """Where the row can't be seen, for it is younger than what is seen, it can't be changed either: all is done again."""
    names: list[str] = []

    def name_anna(unit: UnitOfWork) -> None:
        names.append(f"name {len(names)}")
        unit.staff.all()
        if len(names) == 1:
            with storage.writing() as other:
                other.staff.grant(ANNA, Role.AUDITOR, now)
                other.commit()
        unit.staff.grant(Colleague(ANNA.person, names[-1]), Role.AUDITOR, now)
        unit.commit()

    storage.serially(name_anna)
    assert names == ["name 0", "name 1"]
    with storage.reading() as unit:
        assert [member.colleague.name for member in unit.staff.all()] == ["name 1"]


def test_what_work_returns_and_raises_comes_out_and_is_done_once(storage: Storage, now: datetime) -> None:
    tries = 0

    def work(unit: UnitOfWork) -> str:
        nonlocal tries
        tries += 1
        unit.audit.add(AuditEntry(now, ANNA.actor, "tried"))
        if tries == 2:
            raise ZeroDivisionError
        unit.commit()
        return "done"

    assert storage.serially(work) == "done"
    with pytest.raises(ZeroDivisionError):
        storage.serially(work)
    assert tries == 2
    with storage.reading() as unit:
        assert len(unit.audit.recent(limit=9)) == 1
