"""Who may do what. Default deny: a route names one permission, and a role has it or not."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """One thing that may be allowed; reading and writing are apart."""

    PUBLIC = "public"
    CARD_READ = "card:read"
    ORDER_READ_OWN = "order:read-own"
    ORDER_PLACE = "order:place"
    ORDER_WITHDRAW = "order:withdraw"
    SESSION_END = "session:end"
    ORDER_TYPE_IN = "order:type-in"
    QUEUE_READ = "queue:read"
    CASE_READ = "case:read"
    CASE_DECIDE = "case:decide"
    STAFF_READ = "staff:read"
    STAFF_CHANGE = "staff:change"
    RULES_READ = "rules:read"
    RULES_CHANGE = "rules:change"
    FIGURES_READ = "figures:read"
    FIGURES_EXPORT = "figures:export"


class Role(StrEnum):
    """What a visitor of the public host can be. Members of the staff are holders with one or more roles beside."""

    VISITOR = "visitor"
    HOLDER = "holder"
    DRAFT_HOLDER = "draft-holder"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


STAFF_ROLES = (Role.REVIEWER, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR)

_REVIEW = frozenset({Permission.QUEUE_READ, Permission.CASE_READ, Permission.CASE_DECIDE, Permission.FIGURES_READ})
_READ = frozenset(permission for permission in Permission if permission.endswith(":read")) - {Permission.CARD_READ}


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VISITOR: frozenset({Permission.PUBLIC}),
    Role.HOLDER: frozenset(
        {
            Permission.PUBLIC,
            Permission.CARD_READ,
            Permission.ORDER_READ_OWN,
            Permission.ORDER_PLACE,
            Permission.ORDER_WITHDRAW,
            Permission.SESSION_END,
        }
    ),
    Role.DRAFT_HOLDER: frozenset({Permission.PUBLIC, Permission.ORDER_TYPE_IN, Permission.SESSION_END}),
    Role.REVIEWER: _REVIEW,
    Role.SUPERVISOR: _REVIEW | _READ | {Permission.STAFF_CHANGE, Permission.RULES_CHANGE, Permission.FIGURES_EXPORT},
    Role.OPERATOR: frozenset(
        {Permission.STAFF_READ, Permission.RULES_READ, Permission.FIGURES_READ, Permission.FIGURES_EXPORT}
    ),
    Role.AUDITOR: _READ,
}
"""A draft holder's card couldn't be checked for revocation (see ``domain.draft_lane``): they read nothing that is known of
them. Any card of a configured kind signs its holder in; which card may be renewed is a rule of eligibility, not of access."""


def allowed(roles: Iterable[Role], permission: Permission) -> bool:
    """True where one of the roles has ``permission``."""
    return any(permission in PERMISSIONS[role] for role in roles)
