"""Who may be what: roles granted and taken away, with two people where the settings say so, each change audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.audit import AuditEntry
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.holders import Person
from webvartti.domain.permissions import STAFF_ROLES, Permission, Role, allowed
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.domain.review import Matter
from webvartti.domain.staff import (
    Colleague,
    LastSupervisor,
    NotAStaffRole,
    RoleChange,
    RoleChangeGone,
    StaffMember,
    check_confirmation,
)


@dataclass(frozen=True, slots=True)
class StaffList:
    """Who has which role, and what waits for a second person."""

    members: tuple[StaffMember, ...]
    asked: tuple[RoleChange, ...]


@dataclass(frozen=True, slots=True)
class Staff:
    """The use cases of roles."""

    units: UnitsOfWork
    four_eyes: frozenset[Matter]

    def member(self, person: Person) -> StaffMember | None:
        with self.units.reading() as unit:
            return unit.staff.get(person)

    def list(self) -> StaffList:
        """By name."""
        with self.units.reading() as unit:
            return StaffList(unit.staff.all(), unit.staff.asked())

    def reviewers(self) -> tuple[Colleague, ...]:
        """Who may be handed a case, by name."""
        return tuple(member.colleague for member in self.list().members if allowed(member.roles, Permission.CASE_DECIDE))

    def change(self, change: RoleChange) -> bool:
        """Grant or take away a role; True where it is done, False where it waits for somebody else.

        The first supervisor needs no second person, for there is none; and only a command (an operator's account) can make one.
        What waits already isn't asked for twice. Raises NotAStaffRole, LastSupervisor.
        """
        if change.role not in STAFF_ROLES:
            raise NotAStaffRole(change.role)
        return self.units.serially(lambda unit: self._change(unit, change))

    def _change(self, unit: UnitOfWork, change: RoleChange) -> bool:
        self._demand_a_supervisor_left(unit, change)
        waits = Matter.ROLES in self.four_eyes and not _is_first_supervisor(unit, change)
        if waits and any(_same(change, each) for each in unit.staff.asked()):
            return False
        if waits:
            unit.staff.ask(change)
        else:
            self._carry_out(unit, change)
        self._audit(unit, change, "role.asked" if waits else _done(change), change.asked_by, change.asked_at)
        unit.commit()
        return not waits

    def confirm(self, number: int, who: Actor, now: datetime) -> RoleChange:
        """The second person agrees. Raises RoleChangeGone, SameEyes, OwnRole, LastSupervisor."""
        return self.units.serially(lambda unit: self._confirm(unit, number, who, now))

    def _confirm(self, unit: UnitOfWork, number: int, who: Actor, now: datetime) -> RoleChange:
        change = _asked(unit, number)
        check_confirmation(change, who)
        self._demand_a_supervisor_left(unit, change)
        unit.staff.settle(change)
        self._carry_out(unit, change, now)
        self._audit(unit, change, _done(change), who, now)
        unit.commit()
        return change

    def decline(self, number: int, who: Actor, now: datetime) -> RoleChange:
        """Throw a change away; whoever asked may do that as well. Raises RoleChangeGone."""
        with self.units.writing() as unit:
            change = _asked(unit, number)
            unit.staff.settle(change)
            self._audit(unit, change, "role.declined", who, now)
            unit.commit()
        return change

    def _carry_out(self, unit: UnitOfWork, change: RoleChange, now: datetime | None = None) -> None:
        if change.grants:
            unit.staff.grant(change.colleague, change.role, now or change.asked_at)
        else:
            person = change.colleague.person
            unit.staff.revoke(person, change.role)
            left = unit.staff.get(person)
            if left is None or not allowed(left.roles, Permission.CASE_DECIDE):
                unit.cases.give_back(person)

    def _demand_a_supervisor_left(self, unit: UnitOfWork, change: RoleChange) -> None:
        if not change.grants and change.role is Role.SUPERVISOR and unit.staff.supervisors() == {change.colleague.person}:
            raise LastSupervisor("grant the role to somebody else first")

    def _audit(self, unit: UnitOfWork, change: RoleChange, action: str, who: Actor, now: datetime) -> None:
        detail = {"role": change.role, "grants": "yes" if change.grants else "no", "asked_by": change.asked_by.name}
        unit.audit.add(AuditEntry(now, who, action, change.colleague.actor.name, detail=detail))


def _is_first_supervisor(unit: UnitOfWork, change: RoleChange) -> bool:
    asked_for = change.grants and change.role is Role.SUPERVISOR and change.asked_by.kind is ActorKind.OPERATOR
    return asked_for and not unit.staff.supervisors()


def _same(one: RoleChange, other: RoleChange) -> bool:
    return (one.colleague.person, one.role, one.grants) == (other.colleague.person, other.role, other.grants)


def _asked(unit: UnitOfWork, number: int) -> RoleChange:
    for change in unit.staff.asked():
        if change.id == number:
            return change
    raise RoleChangeGone


def _done(change: RoleChange) -> str:
    return "role.granted" if change.grants else "role.revoked"
