"""Review: cases, names to search by, decisions of people, letters, staff, policies, and what the rules saw."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
PERSON = ("person_namespace", "person_serial_number")
OPEN_STATES = ("submitted", "held", "more-information-needed")
ACTORS = "actor_kind IN ('holder', 'operator', 'staff', 'system')"
ROLES = "role IN ('auditor', 'operator', 'reviewer', 'supervisor')"
FLOOR = timedelta(days=14)
ROWS = 1000
TABLES = (
    "decision_inputs",
    "policy_changes",
    "role_changes",
    "staff_roles",
    "letters",
    "review_decisions",
    "order_names",
    "cases",
)


def upgrade() -> None:
    _create_cases()
    _create_review()
    _create_staff()
    _create_rules()
    if not op.get_context().as_sql:
        _fill()


def downgrade() -> None:
    """Orders that wait for an answer stay so, and are found again by ``upgrade``; what was written about them is gone."""
    for table in TABLES:
        op.drop_table(table)


def _create_cases() -> None:
    op.create_table(
        "cases",
        _reference("order_id"),
        *_moments("place_at", nullable=True),
        *_texts("finding_codes"),
        *_colleague("assignee"),
        *_colleague("lease"),
        *_moments("lease_until", nullable=True),
        _order_key("cases"),
        _primary_key("cases", "order_id"),
    )
    there = sa.text("place_at IS NOT NULL")
    op.create_index("ix_cases_place_at", "cases", ["place_at", "order_id"], sqlite_where=there, postgresql_where=there)
    on_a_desk = sa.text("place_at IS NOT NULL AND assignee_namespace IS NOT NULL")
    op.create_index(
        "ix_cases_assignee",
        "cases",
        ["assignee_namespace", "assignee_serial_number", "place_at", "order_id"],
        sqlite_where=on_a_desk,
        postgresql_where=on_a_desk,
    )
    op.create_table(
        "order_names",
        sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        _reference("order_id"),
        _order_key("order_names"),
        _primary_key("order_names", "word", "order_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_order_names_order_id", "order_names", ["order_id", "word"])


def _create_review() -> None:
    statuses = "status IN ('awaits-second', 'declined', 'effective', 'overtaken', 'taken', 'undone')"
    op.create_table(
        "review_decisions",
        _id(),
        *_texts("number", "outcome", "status"),
        sa.Column("order_version", sa.Integer, nullable=False),
        *_texts("reason", "words", "matters"),
        *_colleague("by", nullable=False),
        *_moments("at"),
        *_colleague("second"),
        *_moments("second_at", "takes_effect_at", "ended_at", nullable=True),
        _check("review_decisions", "outcome", "outcome IN ('approved', 'rejected')"),
        _check("review_decisions", "status", statuses),
        _primary_key("review_decisions", "id"),
    )
    still_open = sa.text("status IN ('awaits-second', 'taken')")
    op.create_index(
        "uq_review_decisions_open",
        "review_decisions",
        ["number"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_review_decisions_number", "review_decisions", ["number", "id"])
    op.create_table(
        "letters",
        _id(),
        *_texts("number", "kind"),
        *_moments("at"),
        *_texts("text"),
        *_colleague("author"),
        _check("letters", "kind", "kind IN ('answer', 'new-look', 'question')"),
        _primary_key("letters", "id"),
    )
    op.create_index("ix_letters_number", "letters", ["number", "id"])


def _create_staff() -> None:
    op.create_table(
        "staff_roles",
        *_texts(*PERSON, "role", "name"),
        *_moments("granted_at"),
        _check("staff_roles", "role", ROLES),
        _primary_key("staff_roles", *PERSON, "role"),
    )
    op.create_table(
        "role_changes",
        _id(),
        *_texts(*PERSON, "name", "role"),
        sa.Column("grants", sa.Boolean, nullable=False),
        *_texts("actor_kind", "actor_name"),
        *_moments("asked_at"),
        _check("role_changes", "role", ROLES),
        _check("role_changes", "actor_kind", ACTORS),
        _primary_key("role_changes", "id"),
    )


def _create_rules() -> None:
    op.create_table(
        "policy_changes",
        _id(),
        sa.Column("window_days", sa.Integer, nullable=True),
        sa.Column("automatic_decisions", sa.Boolean, nullable=False),
        *_texts("actor_kind", "actor_name"),
        *_moments("proposed_at"),
        sa.Column("settled_by_kind", sa.Text, nullable=True),
        sa.Column("settled_by_name", sa.Text, nullable=True),
        *_moments("settled_at", nullable=True),
        sa.Column("in_force", sa.Boolean, nullable=False),
        _check("policy_changes", "actor_kind", ACTORS),
        _primary_key("policy_changes", "id"),
    )
    op.create_table(
        "decision_inputs",
        *_texts("number"),
        *_moments("at"),
        *_json("facts", "policy"),
        sa.ForeignKeyConstraint(["number"], ["orders.number"], name=op.f("fk_decision_inputs_number_orders")),
        _primary_key("decision_inputs", "number"),
    )
    op.create_index("ix_decision_inputs_at", "decision_inputs", ["at"])


def _fill() -> None:
    """Every order of before gets its row and its names, some at a time so that memory stays flat."""
    connection = op.get_bind()
    moment = sa.DateTime(timezone=True)
    orders = sa.table("orders", sa.column("id"), sa.column("state"), sa.column("recipient"), sa.column("findings", sa.JSON),
                      sa.column("revocation", sa.JSON), sa.column("placed_at", moment),
                      sa.column("certificate_not_after", moment))  # fmt: skip
    cases = sa.table("cases", sa.column("order_id"), sa.column("place_at", moment), sa.column("finding_codes"))
    names = sa.table("order_names", sa.column("order_id"), sa.column("word"))
    last = 0
    while (
        rows := connection.execute(sa.select(orders).where(orders.c.id > last).order_by(orders.c.id).limit(ROWS))
        .mappings()
        .all()
    ):
        connection.execute(sa.insert(cases), [_case(row) for row in rows])
        words = [{"order_id": row["id"], "word": word} for row in rows for word in _words(row["recipient"])]
        if words:
            connection.execute(sa.insert(names), words)
        last = rows[-1]["id"]


def _case(row: Any) -> dict[str, Any]:
    place = _place(row) if row["state"] in OPEN_STATES else None
    codes = " ".join(finding["code"] for finding in row["findings"])
    return {"order_id": row["id"], "place_at": place, "finding_codes": f" {codes} "}


def _place(row: Any) -> datetime:
    """SQLite gives moments in UTC that don't say so, and takes them likewise."""
    moments: list[datetime] = [row["certificate_not_after"], row["placed_at"] + FLOOR]
    if row["revocation"]["revoked_at"] is not None:
        revoked_at = datetime.fromisoformat(row["revocation"]["revoked_at"]).astimezone(UTC)
        moments.append(revoked_at if moments[0].tzinfo else revoked_at.replace(tzinfo=None))
    return min(moments)


def _words(name: str) -> Iterator[str]:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    yield from dict.fromkeys(re.findall(r"[^\W_]+", plain))


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _json(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.JSON, nullable=False) for name in names]


def _colleague(prefix: str, *, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(f"{prefix}_{part}", sa.Text, nullable=nullable) for part in ("namespace", "serial_number", "name")]


def _id() -> sa.Column[int]:
    return sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False)


def _reference(name: str) -> sa.Column[int]:
    return sa.Column(name, IDENTIFIER, autoincrement=False, nullable=False)


def _order_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f(f"fk_{table}_order_id_orders"))


def _primary_key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def _check(table: str, column: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{column}"))
