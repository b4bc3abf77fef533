"""Who has looked at a holder's orders: in which role and when, without anybody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.audit import AuditEntry
from webvartti.domain.events import ActorKind
from webvartti.domain.holders import Person
from webvartti.domain.permissions import STAFF_ROLES
from webvartti.domain.wording import N_
from webvartti.web.languages import gettext
from webvartti.web.site import services
from webvartti.web.words import ROLES

_ACTIONS = {
    "order.viewed": N_("Opened"),
    "case.viewed": N_("Opened"),
    "case.question-asked": N_("Asked you a question"),
    "order.decided": N_("Decided"),
}
_ACCOUNT = N_("Operator of the service")
_SOMEBODY = N_("Member of the staff")


@dataclass(frozen=True, slots=True)
class Look:
    """One look in the words of the reader's language."""

    at: datetime
    order: str
    who: str
    what: str


def looks_at(person: Person) -> list[Look]:
    """Newest first."""
    entries = services().orders.looks(person)
    return [Look(entry.at, entry.order, _who(entry), gettext(_ACTIONS[entry.action])) for entry in entries]


def _who(entry: AuditEntry) -> str:
    if entry.actor.kind is ActorKind.OPERATOR:
        return gettext(_ACCOUNT)
    mine = entry.detail.get("role", "").split()
    return ", ".join(gettext(ROLES[role]) for role in STAFF_ROLES if role in mine) or gettext(_SOMEBODY)
