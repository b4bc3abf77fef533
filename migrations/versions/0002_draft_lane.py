"""The draft lane: sessions and tickets say what they are good for, and held orders wait for fresh revocation data."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
PERSON = ("person_namespace", "person_serial_number")
CARD = ("issuer_key", "card_serial")
HOLDER = (*PERSON, *CARD, "fingerprint", "certificate_not_after", "holder")
TICKET = ("ticket_hash", "cookie_hash", *HOLDER, "revocation", "language", "expires_at", "used_at")
SESSION = ("id_hash", *HOLDER, "revocation", "language", "signed_in_at", "last_seen_at", "expires_at")
MESSAGE = ("id", "kind", "to_address", "language", "fill_in", "attempts", "not_before", "created_at", "sent_at")
KINDS = "kind IN ('draft', 'full')"
MESSAGES_BEFORE = "kind IN ('contact-changed', 'order-approved', 'order-received', 'order-rejected', 'order-withdrawn')"
MESSAGES = (
    "kind IN ('contact-changed', 'order-approved', 'order-held', 'order-received', 'order-rejected', 'order-released', "
    "'order-stopped', 'order-withdrawn')"
)
NEW_MESSAGES = "kind IN ('order-held', 'order-released', 'order-stopped')"

Items = list[sa.schema.SchemaItem]


def upgrade() -> None:
    with _kept("tickets", TICKET) as kept:
        _create_tickets(_kind("tickets"))
        kept.bring_back(kind="full")  # before the draft lane there was nothing else
    with _kept("sessions", SESSION) as kept:
        _create_sessions(_kind("sessions"))
        kept.bring_back(kind="full")
    _allow_messages(MESSAGES)
    op.create_table(
        "held_orders",
        *_texts("number", *PERSON, *CARD, "fingerprint"),
        *_moments("certificate_not_after"),
        *_json("holder"),
        *_moments("placed_at"),
        sa.ForeignKeyConstraint(["number"], ["orders.number"], name=op.f("fk_held_orders_number_orders")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_held_orders")),
    )
    if not op.get_context().as_sql:
        _find_held_orders()


def downgrade() -> None:
    """Orders stay held, and are found again by ``upgrade``. Draft sessions end: code before this would take them for full."""
    op.drop_table("held_orders")
    op.execute(f"UPDATE outbox SET kind = 'order-received' WHERE {NEW_MESSAGES}")  # noqa: S608 - names and values of this file
    _allow_messages(MESSAGES_BEFORE)
    for table in ("sessions", "tickets"):
        op.execute(f"DELETE FROM {table} WHERE kind <> 'full'")  # noqa: S608 - names and values of this file
    with _kept("sessions", SESSION) as kept:
        _create_sessions([])
        kept.bring_back()
    with _kept("tickets", TICKET) as kept:
        _create_tickets([])
        kept.bring_back()


class _kept:  # noqa: N801 - reads as the statement that it is
    """The rows of a table while it is made anew: SQLite can neither add a constraint nor change one."""

    def __init__(self, table: str, columns: tuple[str, ...]) -> None:
        self._table = table
        self._columns = ", ".join(columns)

    def __enter__(self) -> _kept:
        op.execute(f"CREATE TABLE {self._table}_before AS SELECT {self._columns} FROM {self._table}")  # noqa: S608 - names and values of this file
        op.drop_table(self._table)
        return self

    def bring_back(self, **added: str) -> None:
        into = ", ".join((self._columns, *added))
        values = ", ".join((self._columns, *(f"'{value}'" for value in added.values())))
        op.execute(f"INSERT INTO {self._table} ({into}) SELECT {values} FROM {self._table}_before")  # noqa: S608 - names and values of this file

    def __exit__(self, *problem: object) -> None:
        if problem[0] is None:
            op.drop_table(f"{self._table}_before")


def _create_tickets(more: Items) -> None:
    op.create_table(
        "tickets",
        *_texts("ticket_hash", "cookie_hash", *PERSON, *CARD, "fingerprint"),
        *_moments("certificate_not_after"),
        *_json("holder", "revocation"),
        *_texts("language"),
        *_moments("expires_at"),
        *_moments("used_at", nullable=True),
        *more,
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])


def _create_sessions(more: Items) -> None:
    op.create_table(
        "sessions",
        *_texts("id_hash", *PERSON, *CARD, "fingerprint"),
        *_moments("certificate_not_after"),
        *_json("holder", "revocation"),
        *_texts("language"),
        *_moments("signed_in_at", "last_seen_at", "expires_at"),
        *more,
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_person", "sessions", list(PERSON))
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_last_seen_at", "sessions", ["last_seen_at"])


def _create_outbox(rule: str) -> None:
    op.create_table(
        "outbox",
        sa.Column("id", IDENTIFIER, autoincrement=True, nullable=False),
        *_texts("kind", "to_address", "language"),
        *_json("fill_in"),
        sa.Column("attempts", sa.Integer, nullable=False),
        *_moments("not_before", nullable=True),
        *_moments("created_at"),
        *_moments("sent_at", nullable=True),
        sa.CheckConstraint(rule, name=op.f("ck_outbox_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at", "id"])


def _allow_messages(rule: str) -> None:
    if op.get_context().dialect.name != "sqlite":  # elsewhere the table and the sequence of its ids can stay
        op.drop_constraint(op.f("ck_outbox_kind"), "outbox", type_="check")
        op.create_check_constraint(op.f("ck_outbox_kind"), "outbox", rule)
        return
    with _kept("outbox", MESSAGE) as kept:
        _create_outbox(rule)
        kept.bring_back()


def _find_held_orders() -> None:
    """Orders that a downgrade left held. The name in the certificate is gone with it: what stands in its place fits no
    register, so that a person looks.
    """
    connection = op.get_bind()
    orders = sa.table("orders", *(sa.column(name) for name in (*PERSON, *CARD, "number", "state", "fingerprint", "kind")),
                      sa.column("certificate_not_after", sa.DateTime(timezone=True)),
                      sa.column("placed_at", sa.DateTime(timezone=True)))  # fmt: skip
    held = sa.table("held_orders", *(sa.column(name) for name in (*PERSON, *CARD, "number", "fingerprint")),
                    sa.column("certificate_not_after", sa.DateTime(timezone=True)),
                    sa.column("placed_at", sa.DateTime(timezone=True)), sa.column("holder", sa.JSON))  # fmt: skip
    unknown = {"surname": "?", "given_name": "?", "title": "", "doctor_id": "", "organisation": ""}
    for row in connection.execute(sa.select(orders).where(orders.c.state == "held")).mappings().all():
        same = {name: row[name] for name in (*PERSON, *CARD, "number", "fingerprint", "certificate_not_after", "placed_at")}
        not_before = row["placed_at"].isoformat() + ("" if row["placed_at"].tzinfo else "+00:00")
        holder = {"kind": row["kind"], **unknown, "not_before": not_before}
        connection.execute(sa.insert(held).values(**same, holder=holder))


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _json(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.JSON, nullable=False) for name in names]


def _kind(table: str) -> Items:
    return [*_texts("kind"), sa.CheckConstraint(KINDS, name=op.f(f"ck_{table}_kind"))]
