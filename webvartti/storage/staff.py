"""Roles of the staff, and changes of them that wait for a second person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, delete, select, update

from webvartti.domain.holders import Person
from webvartti.domain.permissions import Role
from webvartti.domain.staff import Colleague, RoleChange, RoleChangeGone, StaffMember
from webvartti.storage.forms import actor_from_row, actor_values, person_of, person_values
from webvartti.storage.review_tables import role_changes, staff_roles
from webvartti.storage.transaction import Transaction


class Staff:
    """As ``domain.review_repositories.StaffRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, person: Person) -> StaffMember | None:
        members = _members(self._transaction.rows(select(staff_roles).where(*_whose(person))))
        return members[0] if members else None

    def all(self) -> tuple[StaffMember, ...]:
        return _members(self._transaction.rows(select(staff_roles).order_by(staff_roles.c.name)))

    def supervisors(self) -> frozenset[Person]:
        question = select(staff_roles).where(staff_roles.c.role == Role.SUPERVISOR.value)
        return frozenset(person_of(row) for row in self._transaction.rows(question))

    def grant(self, colleague: Colleague, role: Role, now: datetime) -> None:
        self._transaction.change(update(staff_roles).where(*_whose(colleague.person)).values(name=colleague.name))
        key = {**person_values(colleague.person), "role": role.value}
        self._transaction.put(staff_roles, {**key, "name": colleague.name, "granted_at": now})

    def revoke(self, person: Person, role: Role) -> bool:
        return self._transaction.change(delete(staff_roles).where(*_whose(person), staff_roles.c.role == role.value)) > 0

    def ask(self, change: RoleChange) -> int:
        values = {
            **person_values(change.colleague.person),
            "name": change.colleague.name,
            "role": change.role.value,
            "grants": change.grants,
            **actor_values(change.asked_by),
            "asked_at": change.asked_at,
        }
        return self._transaction.insert_numbered(role_changes, values)

    def asked(self) -> tuple[RoleChange, ...]:
        return tuple(_change_of(row) for row in self._transaction.rows(select(role_changes).order_by(role_changes.c.id)))

    def settle(self, change: RoleChange) -> None:
        if not self._transaction.change(delete(role_changes).where(role_changes.c.id == change.id)):
            raise RoleChangeGone


def _whose(person: Person) -> tuple[ColumnElement[bool], ...]:
    return (
        staff_roles.c.person_namespace == person.namespace,
        staff_roles.c.person_serial_number == person.serial_number,
    )


def _members(rows: Sequence[RowMapping]) -> tuple[StaffMember, ...]:
    roles: defaultdict[Person, set[Role]] = defaultdict(set)
    names: dict[Person, str] = {}
    for row in rows:
        roles[person_of(row)].add(Role(row["role"]))
        names[person_of(row)] = row["name"]
    return tuple(StaffMember(Colleague(person, names[person]), frozenset(found)) for person, found in roles.items())


def _change_of(row: RowMapping) -> RoleChange:
    colleague = Colleague(person_of(row), row["name"])
    return RoleChange(colleague, Role(row["role"]), row["grants"], actor_from_row(row), row["asked_at"], row["id"])
