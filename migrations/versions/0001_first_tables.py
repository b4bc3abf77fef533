"""The first tables: orders, signing in, the audit, drafts, contacts, messages, feedback, extracts in use."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
STATES = (
    "state IN ('approved', 'delivered', 'dispatched', 'held', 'in-production', 'more-information-needed', 'rejected', "
    "'returned', 'submitted', 'withdrawn')"
)
OPEN = "state IN ('approved', 'dispatched', 'held', 'in-production', 'more-information-needed', 'submitted')"
EVENTS = (
    "kind IN ('approved', 'delivered', 'dispatched', 'handed-off', 'held', 'information-given', 'information-requested', "
    "'placed', 'rejected', 'released', 'returned', 'withdrawn')"
)
CARD_KINDS = "kind IN ('actor', 'backup', 'professional', 'staff', 'test')"
MESSAGES = "kind IN ('contact-changed', 'order-approved', 'order-received', 'order-rejected', 'order-withdrawn')"
ACTORS = "actor_kind IN ('holder', 'operator', 'system')"
PERSON = ("person_namespace", "person_serial_number")
CARD = ("issuer_key", "card_serial")

Columns = list[sa.Column[Any]]


def upgrade() -> None:
    _create_orders()
    _create_order_history()
    _create_idempotency_keys()
    _create_sign_in()
    _create_audit()
    _create_filled_in()
    _create_messages()
    _create_snapshots()


def downgrade() -> None:
    for table in ("snapshots", "feedback", "outbox", "contacts", "drafts", "audit_seals", "audit_unsealed", "audit"):
        op.drop_table(table)
    for table in ("sessions", "tickets", "idempotency_keys", "decisions", "order_events", "orders"):
        op.drop_table(table)


def _texts(*names: str) -> Columns:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str, nullable: bool = False) -> Columns:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _of(kind: type[sa.types.TypeEngine[Any]], *names: str) -> Columns:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _id() -> sa.Column[int]:
    return sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False)


def _reference(name: str) -> sa.Column[int]:
    return sa.Column(name, IDENTIFIER, autoincrement=False, nullable=False)


def _primary_key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _create_orders() -> None:
    op.create_table(
        "orders",
        _id(),
        *_texts("number"),
        *_of(sa.Integer, "version"),
        *_texts("state"),
        *_moments("placed_at"),
        *_texts(*PERSON, *CARD, "fingerprint"),
        *_moments("certificate_not_after"),
        *_texts("recipient", "kind"),
        *_of(sa.Boolean, "with_photo"),
        *_texts("profession", "card_street", "card_postal_code", "card_post_office", "card_country"),
        *_texts("letter_to", "letter_street", "letter_postal_code", "letter_post_office", "letter_country"),
        *_texts("letter_organisation", "letter_organisation_name", "email", "telephone", "language"),
        *_of(sa.Date, "card_arrives", "letter_arrives", "valid_until"),
        *_moments("withdrawable_until"),
        *_of(sa.JSON, "findings", "revocation", "sources"),
        _check("orders", "state", STATES),
        _check("orders", "kind", CARD_KINDS),
        _check("orders", "letter_to", "letter_to IN ('home', 'organisation')"),
        _check("orders", "version", "version >= 1"),
        _primary_key("orders", "id"),
        sa.UniqueConstraint("number", name="uq_orders_number"),
    )
    op.create_index(
        "uq_orders_one_open_order_a_card",
        "orders",
        list(CARD),
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_index("ix_orders_person", "orders", [*PERSON, "placed_at"])
    op.create_index("ix_orders_newest", "orders", ["placed_at", "id"])
    op.create_index("ix_orders_newest_of_state", "orders", ["state", "placed_at", "id"])


def _create_order_history() -> None:
    op.create_table(
        "order_events",
        _reference("order_id"),
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        *_texts("kind"),
        *_moments("at"),
        *_texts("actor_kind", "actor_name", "state"),
        *_of(sa.JSON, "reason"),
        _check("order_events", "kind", EVENTS),
        _check("order_events", "actor_kind", ACTORS),
        _check("order_events", "state", STATES),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id_orders")),
        _primary_key("order_events", "order_id", "seq"),
    )
    op.create_table(
        "decisions",
        _id(),
        _reference("order_id"),
        *_of(sa.Boolean, "is_current"),
        *_texts("outcome"),
        *_moments("at"),
        *_texts("actor_kind", "actor_name", "rules_version"),
        *_of(sa.JSON, "findings"),
        *_texts("reason"),
        _check("decisions", "outcome", "outcome IN ('approved', 'rejected')"),
        _check("decisions", "actor_kind", ACTORS),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_decisions_order_id_orders")),
        _primary_key("decisions", "id"),
    )
    current = sa.text("is_current")
    op.create_index(
        "uq_decisions_current", "decisions", ["order_id"], unique=True, sqlite_where=current, postgresql_where=current
    )
    op.create_index("ix_decisions_order_id", "decisions", ["order_id"])


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        *_texts("key", *PERSON, "number"),
        *_moments("created_at"),
        _primary_key("idempotency_keys", "key"),
    )


def _create_sign_in() -> None:
    op.create_table(
        "tickets",
        *_texts("ticket_hash", "cookie_hash", *PERSON, *CARD, "fingerprint"),
        *_moments("certificate_not_after"),
        *_of(sa.JSON, "holder", "revocation"),
        *_texts("language"),
        *_moments("expires_at"),
        *_moments("used_at", nullable=True),
        _primary_key("tickets", "ticket_hash"),
    )
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])
    op.create_table(
        "sessions",
        *_texts("id_hash", *PERSON, *CARD, "fingerprint"),
        *_moments("certificate_not_after"),
        *_of(sa.JSON, "holder", "revocation"),
        *_texts("language"),
        *_moments("signed_in_at", "last_seen_at", "expires_at"),
        _primary_key("sessions", "id_hash"),
    )
    op.create_index("ix_sessions_person", "sessions", list(PERSON))
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_last_seen_at", "sessions", ["last_seen_at"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        _id(),
        *_moments("at"),
        *_texts("actor_kind", "actor_name", "action", "subject", "order_number"),
        *_of(sa.JSON, "detail"),
        _check("audit", "actor_kind", ACTORS),
        _primary_key("audit", "id"),
        sqlite_autoincrement=True,
    )
    for column in ("subject", "order_number", "action"):
        op.create_index(f"ix_audit_{column}", "audit", [column, "id"])
    op.create_table("audit_unsealed", _reference("audit_id"), _primary_key("audit_unsealed", "audit_id"))
    op.create_table(
        "audit_seals",
        _reference("position"),
        _reference("audit_id"),
        *_texts("seal"),
        _primary_key("audit_seals", "position"),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_seals_audit_id")),
    )


def _create_filled_in() -> None:
    op.create_table(
        "drafts",
        *_texts(*PERSON, *CARD),
        *_of(sa.JSON, "fields"),
        *_moments("updated_at"),
        _primary_key("drafts", *PERSON, *CARD),
    )
    op.create_index("ix_drafts_updated_at", "drafts", ["updated_at"])
    op.create_table(
        "contacts",
        *_texts(*PERSON, "email", "telephone", "language"),
        *_moments("updated_at"),
        _primary_key("contacts", *PERSON),
    )


def _create_messages() -> None:
    op.create_table(
        "outbox",
        _id(),
        *_texts("kind", "to_address", "language"),
        *_of(sa.JSON, "fill_in"),
        *_of(sa.Integer, "attempts"),
        *_moments("not_before", nullable=True),
        *_moments("created_at"),
        *_moments("sent_at", nullable=True),
        _check("outbox", "kind", MESSAGES),
        _primary_key("outbox", "id"),
    )
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at", "id"])
    op.create_table(
        "feedback",
        _id(),
        *_moments("at"),
        *_texts("language", "page", "text", "reply_to"),
        _primary_key("feedback", "id"),
    )


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        _id(),
        *_texts("name", "number", "sha256"),
        *_of(sa.Integer, "row_count"),
        *_moments("recorded_at"),
        _primary_key("snapshots", "id"),
    )
    op.create_index("ix_snapshots_name", "snapshots", ["name", "id"])
