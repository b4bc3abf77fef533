"""Orders, what happened to them, and who decided."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from webvartti.domain.decisions import Outcome
from webvartti.domain.events import OPEN_STATES, ActorKind, EventKind, OrderState
from webvartti.domain.orders import LetterTo
from webvartti.domain.products import CardKind
from webvartti.storage.columns import (
    Identifier,
    card_columns,
    identifier_column,
    metadata,
    moment_column,
    one_of,
    person_columns,
    text_column,
    words,
)


def _address_columns(prefix: str) -> tuple[Column[str], ...]:
    return tuple(text_column(f"{prefix}_{part}") for part in ("street", "postal_code", "post_office", "country"))


orders = Table(
    "orders",
    metadata,
    identifier_column(),
    text_column("number"),
    Column("version", Integer, nullable=False),
    text_column("state"),
    moment_column("placed_at"),
    *person_columns(),
    *card_columns(),
    text_column("fingerprint"),
    moment_column("certificate_not_after"),
    text_column("recipient"),
    text_column("kind"),
    Column("with_photo", Boolean, nullable=False),
    text_column("profession"),
    *_address_columns("card"),
    text_column("letter_to"),
    *_address_columns("letter"),
    text_column("letter_organisation"),
    text_column("letter_organisation_name"),
    text_column("email"),
    text_column("telephone"),
    text_column("language"),
    Column("card_arrives", Date, nullable=False),
    Column("letter_arrives", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    moment_column("withdrawable_until"),
    Column("findings", JSON, nullable=False),
    Column("revocation", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    one_of("state", OrderState),
    one_of("kind", CardKind),
    one_of("letter_to", LetterTo),
    CheckConstraint("version >= 1", name="version"),
    UniqueConstraint("number", name="uq_orders_number"),
)

one_open_order_a_card = Index(
    "uq_orders_one_open_order_a_card",
    orders.c.issuer_key,
    orders.c.card_serial,
    unique=True,
    sqlite_where=text(f"state IN ({words(OPEN_STATES)})"),
    postgresql_where=text(f"state IN ({words(OPEN_STATES)})"),
)
"""Two tabs, two nodes, two clicks: the database itself refuses the second order."""

Index("ix_orders_person", orders.c.person_namespace, orders.c.person_serial_number, orders.c.placed_at)
Index("ix_orders_newest", orders.c.placed_at, orders.c.id)
Index("ix_orders_newest_of_state", orders.c.state, orders.c.placed_at, orders.c.id)

order_events = Table(
    "order_events",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    text_column("kind"),
    moment_column("at"),
    text_column("actor_kind"),
    text_column("actor_name"),
    text_column("state"),
    Column("reason", JSON, nullable=False),
    one_of("kind", EventKind),
    one_of("actor_kind", ActorKind),
    one_of("state", OrderState),
)

decisions = Table(
    "decisions",
    metadata,
    identifier_column(),
    Column("order_id", Identifier, ForeignKey("orders.id"), nullable=False),
    Column("is_current", Boolean, nullable=False),
    text_column("outcome"),
    moment_column("at"),
    text_column("actor_kind"),
    text_column("actor_name"),
    text_column("rules_version"),
    Column("findings", JSON, nullable=False),
    text_column("reason"),
    one_of("outcome", Outcome),
    one_of("actor_kind", ActorKind),
)

Index(
    "uq_decisions_current",
    decisions.c.order_id,
    unique=True,
    sqlite_where=text("is_current"),
    postgresql_where=text("is_current"),
)
Index("ix_decisions_order_id", decisions.c.order_id)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", Text, primary_key=True),
    *person_columns(),
    text_column("number"),
    moment_column("created_at"),
)

held_orders = Table(
    "held_orders",
    metadata,
    Column("number", Text, ForeignKey("orders.number"), primary_key=True),
    *person_columns(),
    *card_columns(),
    text_column("fingerprint"),
    moment_column("certificate_not_after"),
    Column("holder", JSON, nullable=False),
    moment_column("placed_at"),
)
"""Orders that wait for fresh revocation data, with the holder as the certificate told it: gone once the order is decided on."""
