"""Who may do what. Default deny: a route names one permission, and a role has it or not."""

from __future__ import annotations

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


class Role(StrEnum):
    """What a visitor of the public host can be."""

    VISITOR = "visitor"
    HOLDER = "holder"
    DRAFT_HOLDER = "draft-holder"


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
}
"""A draft holder's card couldn't be checked for revocation (see ``domain.draft_lane``): they read nothing that is known of
them. Any card of a configured kind signs its holder in; which card may be renewed is a rule of eligibility, not of access."""


def allowed(role: Role, permission: Permission) -> bool:
    """True where ``role`` has ``permission``."""
    return permission in PERMISSIONS[role]
