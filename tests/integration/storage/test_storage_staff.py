"""Roles and changes of roles on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.unit.domain.placed import ANNA, BENGT
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.permissions import Role
from webvartti.domain.staff import RoleChange, RoleChangeGone, StaffMember
from webvartti.storage.unit_of_work import Storage


def test_roles_by_person_and_name(storage: Storage, now: datetime) -> None:
    with storage.writing() as unit:
        assert unit.staff.get(ANNA.person) is None
        unit.staff.grant(BENGT, Role.AUDITOR, now)
        unit.staff.grant(ANNA, Role.REVIEWER, now)
        unit.staff.grant(ANNA, Role.SUPERVISOR, now)
        unit.staff.grant(ANNA, Role.SUPERVISOR, now)
        unit.commit()
    with storage.reading() as unit:
        anna = StaffMember(ANNA, frozenset({Role.REVIEWER, Role.SUPERVISOR}))
        assert unit.staff.get(ANNA.person) == anna
        assert unit.staff.all() == (anna, StaffMember(BENGT, frozenset({Role.AUDITOR})))
    with storage.writing() as unit:
        assert unit.staff.supervisors() == {ANNA.person}
        assert unit.staff.revoke(ANNA.person, Role.SUPERVISOR)
        assert not unit.staff.revoke(ANNA.person, Role.SUPERVISOR)
        assert unit.staff.supervisors() == frozenset()
        assert unit.staff.revoke(ANNA.person, Role.REVIEWER)
        assert unit.staff.get(ANNA.person) is None


def test_the_newest_name_is_shown_everywhere(storage: Storage, now: datetime) -> None:
    married = replace(ANNA, name="Anna Uusi")
    with storage.writing() as unit:
        unit.staff.grant(ANNA, Role.REVIEWER, now)
        unit.staff.grant(married, Role.AUDITOR, now)
        assert unit.staff.get(ANNA.person) == StaffMember(married, frozenset({Role.REVIEWER, Role.AUDITOR}))


def test_a_change_waits_and_is_settled_once(storage: Storage, now: datetime) -> None:
    change = RoleChange(BENGT, Role.REVIEWER, grants=True, asked_by=Actor(ActorKind.OPERATOR, "olli"), asked_at=now)
    with storage.writing() as unit:
        waiting = replace(change, id=unit.staff.ask(change))
        other = replace(change, grants=False, asked_by=ANNA.actor)
        other = replace(other, id=unit.staff.ask(other))
        unit.commit()
    with storage.writing() as unit:
        assert unit.staff.asked() == (waiting, other)
        unit.staff.settle(waiting)
        assert unit.staff.asked() == (other,)
        with pytest.raises(RoleChangeGone):
            unit.staff.settle(waiting)
