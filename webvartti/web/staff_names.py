"""How those who act are called on the pages of the staff."""

from __future__ import annotations

from collections.abc import Callable

from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.staff import StaffMember
from webvartti.web.languages import gettext


def names_among(members: tuple[StaffMember, ...]) -> Callable[[Actor], str]:
    """Colleagues by name, those who are no colleagues any more by registration number, operators by account."""
    known = {member.colleague.actor.name: member.colleague.name for member in members}

    def name_of(actor: Actor) -> str:
        if actor.kind is ActorKind.OPERATOR:
            return gettext("operator %(account)s", account=actor.name)
        return known.get(actor.name) or actor.name.partition(":")[2]

    return name_of
