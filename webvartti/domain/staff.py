"""Who runs the service, and who lets them: card identities with roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.holders import Person
from webvartti.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the staff as others see them. Authority compares the person; the name is for people."""

    person: Person
    name: str

    @property
    def actor(self) -> Actor:
        """For events and the audit."""
        return Actor(ActorKind.STAFF, f"{self.person.namespace}:{self.person.serial_number}")


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A colleague and what they may be."""

    colleague: Colleague
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role that somebody asks to be granted or taken away; with four eyes it waits for somebody else.

    ``asked_by`` is a person's actor or an operator's. ``id`` is given by the database, 0 before.
    """

    colleague: Colleague
    role: Role
    grants: bool
    asked_by: Actor
    asked_at: datetime
    id: int = 0


class NotAStaffRole(WebVarttiError):
    """Only reviewer, supervisor, operator and auditor can be granted."""

    code = "not-a-staff-role"


class RoleChangeGone(WebVarttiError):
    """Somebody else has confirmed or declined it, or it never was."""

    code = "role-change-gone"


class LastSupervisor(WebVarttiError):
    """Without a supervisor nobody could grant a role any more."""

    code = "last-supervisor"


class SameEyes(WebVarttiError):
    """The second pair of eyes must be somebody else's."""

    code = "same-eyes"


class OwnRole(WebVarttiError):
    """Nobody confirms a role of their own."""

    code = "own-role"


def check_confirmation(change: RoleChange, who: Actor) -> None:
    """Raises SameEyes, OwnRole."""
    if change.asked_by == who:
        raise SameEyes("whoever asked can't be the second pair of eyes")
    if change.colleague.actor == who:
        raise OwnRole("nobody confirms a role of their own")
