"""Tickets and sessions. Both hold who was judged to hold the card: the columns that are searched, the rest as JSON."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Table, Text

from webvartti.domain.sessions import SessionKind
from webvartti.storage.columns import card_columns, metadata, moment_column, one_of, person_columns, text_column

tickets = Table(
    "tickets",
    metadata,
    Column("ticket_hash", Text, primary_key=True),
    text_column("cookie_hash"),
    *person_columns(),
    *card_columns(),
    text_column("fingerprint"),
    moment_column("certificate_not_after"),
    Column("holder", JSON, nullable=False),
    Column("revocation", JSON, nullable=False),
    text_column("language"),
    moment_column("expires_at"),
    moment_column("used_at", nullable=True),
    text_column("kind"),
    one_of("kind", SessionKind),
)
Index("ix_tickets_expires_at", tickets.c.expires_at)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", Text, primary_key=True),
    *person_columns(),
    *card_columns(),
    text_column("fingerprint"),
    moment_column("certificate_not_after"),
    Column("holder", JSON, nullable=False),
    Column("revocation", JSON, nullable=False),
    text_column("language"),
    moment_column("signed_in_at"),
    moment_column("last_seen_at"),
    moment_column("expires_at"),
    text_column("kind"),
    one_of("kind", SessionKind),
)
Index("ix_sessions_person", sessions.c.person_namespace, sessions.c.person_serial_number)
Index("ix_sessions_expires_at", sessions.c.expires_at)
Index("ix_sessions_last_seen_at", sessions.c.last_seen_at)
