"""The audit and its seals; drafts and contacts; the outbox, feedback and the extracts in use."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text

from webvartti.domain.events import ActorKind
from webvartti.domain.messages import MessageKind
from webvartti.storage.columns import (
    Identifier,
    card_columns,
    identifier_column,
    metadata,
    moment_column,
    one_of,
    person_columns,
    text_column,
)

audit = Table(
    "audit",
    metadata,
    identifier_column(),
    moment_column("at"),
    text_column("actor_kind"),
    text_column("actor_name"),
    text_column("action"),
    text_column("subject"),
    text_column("order_number"),
    Column("detail", JSON, nullable=False),
    one_of("actor_kind", ActorKind),
    sqlite_autoincrement=True,  # the id of a deleted entry is never given to another
)
Index("ix_audit_subject", audit.c.subject, audit.c.id)
Index("ix_audit_order_number", audit.c.order_number, audit.c.id)
Index("ix_audit_action", audit.c.action, audit.c.id)

audit_unsealed = Table("audit_unsealed", metadata, Column("audit_id", Identifier, primary_key=True, autoincrement=False))
"""Which entries wait for their seal. A search for them would read the whole audit, and "past the last sealed id" would miss an
entry that was committed after a younger one. No foreign key, here and below: a deleted entry must leave its trace."""

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("position", Identifier, primary_key=True, autoincrement=False),
    Column("audit_id", Identifier, nullable=False, unique=True),
    text_column("seal"),
)

audit_marks = Table(
    "audit_marks",
    metadata,
    Column("position", Identifier, primary_key=True, autoincrement=False),
    text_column("seal"),
    moment_column("at"),
    text_column("signature"),
)
"""In place of the entries up to a position, which retention removed with their seals; the last one counts."""

drafts = Table(
    "drafts",
    metadata,
    *person_columns(key=True),
    *card_columns(key=True),
    Column("fields", JSON, nullable=False),
    moment_column("updated_at"),
)
Index("ix_drafts_updated_at", drafts.c.updated_at)

contacts = Table(
    "contacts",
    metadata,
    *person_columns(key=True),
    text_column("email"),
    text_column("telephone"),
    text_column("language"),
    moment_column("updated_at"),
)

outbox = Table(
    "outbox",
    metadata,
    identifier_column(),
    text_column("kind"),
    text_column("to_address"),
    text_column("language"),
    Column("fill_in", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    moment_column("not_before", nullable=True),
    moment_column("created_at"),
    moment_column("sent_at", nullable=True),
    one_of("kind", MessageKind),
)
Index("ix_outbox_sent_at", outbox.c.sent_at, outbox.c.id)

feedback = Table(
    "feedback",
    metadata,
    identifier_column(),
    moment_column("at"),
    text_column("language"),
    text_column("page"),
    text_column("text"),
    text_column("reply_to"),
)
Index("ix_feedback_at", feedback.c.at)

snapshots = Table(
    "snapshots",
    metadata,
    identifier_column(),
    text_column("name"),
    Column("number", Text, nullable=False),  # a CRLNumber has up to 20 octets (RFC 5280 5.2.3): no integer column holds it
    text_column("sha256"),
    Column("row_count", Integer, nullable=False),
    moment_column("recorded_at"),
)
Index("ix_snapshots_name", snapshots.c.name, snapshots.c.id)
