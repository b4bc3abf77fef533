"""Review: cases and the names that they are found by, decisions of people, letters, staff, policies, stored inputs."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from webvartti.domain.decisions import Outcome
from webvartti.domain.events import ActorKind
from webvartti.domain.permissions import STAFF_ROLES
from webvartti.domain.review import OPEN_DECISIONS, DecisionStatus, LetterKind
from webvartti.storage.columns import (
    Identifier,
    identifier_column,
    metadata,
    moment_column,
    one_of,
    person_columns,
    text_column,
    words,
)


def colleague_columns(prefix: str, *, nullable: bool = True) -> tuple[Column[str], ...]:
    """Who: namespace, serial number and name."""
    return tuple(Column(f"{prefix}_{part}", Text, nullable=nullable) for part in ("namespace", "serial_number", "name"))


cases = Table(
    "cases",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True, autoincrement=False),
    moment_column("place_at", nullable=True),
    text_column("finding_codes"),
    *colleague_columns("assignee"),
    *colleague_columns("lease"),
    moment_column("lease_until", nullable=True),
)
"""One row an order, open or not; only open ones have a place, and only those are in the index of the queue."""

_OPEN = text("place_at IS NOT NULL")
Index("ix_cases_place_at", cases.c.place_at, cases.c.order_id, sqlite_where=_OPEN, postgresql_where=_OPEN)
_ON_A_DESK = text("place_at IS NOT NULL AND assignee_namespace IS NOT NULL")
Index(
    "ix_cases_assignee",
    cases.c.assignee_namespace,
    cases.c.assignee_serial_number,
    cases.c.place_at,
    cases.c.order_id,
    sqlite_where=_ON_A_DESK,
    postgresql_where=_ON_A_DESK,
)

order_names = Table(
    "order_names",
    metadata,
    Column("word", Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True),
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("ix_order_names_order_id", order_names.c.order_id, order_names.c.word)
"""The words of the recipient's name as they are searched: small letters without marks. The key is a prefix index, by
the octets of the words whatever the language of the database."""

_OPEN_DECISION = text(f"status IN ({words(OPEN_DECISIONS)})")

review_decisions = Table(
    "review_decisions",
    metadata,
    identifier_column(),
    text_column("number"),
    text_column("outcome"),
    text_column("status"),
    Column("order_version", Integer, nullable=False),
    text_column("reason"),
    text_column("words"),
    text_column("matters"),
    *colleague_columns("by", nullable=False),
    moment_column("at"),
    *colleague_columns("second"),
    moment_column("second_at", nullable=True),
    moment_column("takes_effect_at", nullable=True),
    moment_column("ended_at", nullable=True),
    one_of("outcome", Outcome),
    one_of("status", DecisionStatus),
)
one_open_decision = Index(
    "uq_review_decisions_open",
    review_decisions.c.number,
    unique=True,
    sqlite_where=_OPEN_DECISION,
    postgresql_where=_OPEN_DECISION,
)
Index("ix_review_decisions_number", review_decisions.c.number, review_decisions.c.id)

letters = Table(
    "letters",
    metadata,
    identifier_column(),
    text_column("number"),
    text_column("kind"),
    moment_column("at"),
    text_column("text"),
    *colleague_columns("author"),
    one_of("kind", LetterKind),
)
Index("ix_letters_number", letters.c.number, letters.c.id)

staff_roles = Table(
    "staff_roles",
    metadata,
    *person_columns(key=True),
    Column("role", Text, primary_key=True),
    text_column("name"),
    moment_column("granted_at"),
    one_of("role", STAFF_ROLES),
)

role_changes = Table(
    "role_changes",
    metadata,
    identifier_column(),
    *person_columns(),
    text_column("name"),
    text_column("role"),
    Column("grants", Boolean, nullable=False),
    text_column("actor_kind"),
    text_column("actor_name"),
    moment_column("asked_at"),
    one_of("role", STAFF_ROLES),
    one_of("actor_kind", ActorKind),
)
"""Those that wait for a second person; what became of the others is in the audit."""

policy_changes = Table(
    "policy_changes",
    metadata,
    identifier_column(),
    Column("window_days", Integer, nullable=True),
    Column("automatic_decisions", Boolean, nullable=False),
    text_column("actor_kind"),
    text_column("actor_name"),
    moment_column("proposed_at"),
    Column("settled_by_kind", Text, nullable=True),
    Column("settled_by_name", Text, nullable=True),
    moment_column("settled_at", nullable=True),
    Column("in_force", Boolean, nullable=False),
    one_of("actor_kind", ActorKind),
)

decision_inputs = Table(
    "decision_inputs",
    metadata,
    Column("number", Text, ForeignKey("orders.number"), primary_key=True),
    moment_column("at"),
    Column("facts", JSON, nullable=False),
    Column("policy", JSON, nullable=False),
)
Index("ix_decision_inputs_at", decision_inputs.c.at)
