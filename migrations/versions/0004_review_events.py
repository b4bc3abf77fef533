"""Review: more may happen to an order, by members of the staff, and one more message is sent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
EVENT = ("order_id", "seq", "kind", "at", "actor_kind", "actor_name", "state", "reason")
DECISION = ("id", "order_id", "is_current", "outcome", "at", "actor_kind", "actor_name", "rules_version", "findings", "reason")
AUDIT = ("id", "at", "actor_kind", "actor_name", "action", "subject", "order_number", "detail")
MESSAGE = ("id", "kind", "to_address", "language", "fill_in", "attempts", "not_before", "created_at", "sent_at")
STATES = (
    "state IN ('approved', 'delivered', 'dispatched', 'held', 'in-production', 'more-information-needed', 'rejected', "
    "'returned', 'submitted', 'withdrawn')"
)
EVENTS_BEFORE = (
    "kind IN ('approved', 'delivered', 'dispatched', 'handed-off', 'held', 'information-given', 'information-requested', "
    "'placed', 'rejected', 'released', 'returned', 'withdrawn')"
)
EVENTS = (
    "kind IN ('approved', 'decision-declined', 'decision-seconded', 'decision-taken', 'decision-undone', 'delivered', "
    "'dispatched', 'handed-off', 'held', 'information-given', 'information-requested', 'placed', 'rejected', 'released', "
    "'returned', 'review-requested', 'withdrawn')"
)
NEW_EVENTS = "kind IN ('decision-declined', 'decision-seconded', 'decision-taken', 'decision-undone', 'review-requested')"
ACTORS_BEFORE = "actor_kind IN ('holder', 'operator', 'system')"
ACTORS = "actor_kind IN ('holder', 'operator', 'staff', 'system')"
MESSAGES_BEFORE = (
    "kind IN ('contact-changed', 'order-approved', 'order-held', 'order-received', 'order-rejected', 'order-released', "
    "'order-stopped', 'order-withdrawn')"
)
MESSAGES = MESSAGES_BEFORE.replace("'order-received'", "'order-question', 'order-received'")


def upgrade() -> None:
    _allow(EVENTS, ACTORS, MESSAGES)


def downgrade() -> None:
    """What staff did is kept as an operator's; what happened before a decision took effect is told by the audit alone."""
    for table in ("order_events", "decisions", "audit"):
        op.execute(f"UPDATE {table} SET actor_kind = 'operator' WHERE actor_kind = 'staff'")  # noqa: S608 - names of this file
    _forget_new_events()
    op.execute("UPDATE outbox SET kind = 'order-received' WHERE kind = 'order-question'")
    _allow(EVENTS_BEFORE, ACTORS_BEFORE, MESSAGES_BEFORE)


def _forget_new_events() -> None:
    """Those that stay are numbered without gaps: the code of before counts them to know which are new."""
    kept = ", ".join(name for name in EVENT if name != "seq")
    numbered = "row_number() OVER (PARTITION BY order_id ORDER BY seq) AS seq"
    op.execute(f"CREATE TABLE order_events_kept AS SELECT {kept}, {numbered} FROM order_events WHERE NOT ({NEW_EVENTS})")  # noqa: S608 - names and values of this file
    op.execute("DELETE FROM order_events")
    op.execute(f"INSERT INTO order_events ({kept}, seq) SELECT {kept}, seq FROM order_events_kept")  # noqa: S608 - names of this file
    op.execute("DROP TABLE order_events_kept")


class _kept:  # noqa: N801 - reads as the statement that it is
    """The rows of a table while it is made anew: SQLite can't change a constraint."""

    def __init__(self, table: str, columns: tuple[str, ...]) -> None:
        self._table, self._columns = table, ", ".join(columns)

    def __enter__(self) -> None:
        op.execute(f"CREATE TABLE {self._table}_before AS SELECT {self._columns} FROM {self._table}")  # noqa: S608 - names and values of this file
        op.drop_table(self._table)

    def __exit__(self, *problem: object) -> None:
        if problem[0] is None:
            op.execute(f"INSERT INTO {self._table} ({self._columns}) SELECT {self._columns} FROM {self._table}_before")  # noqa: S608 - names and values of this file
            op.drop_table(f"{self._table}_before")


def _allow(events: str, actors: str, messages: str) -> None:
    if op.get_context().dialect.name != "sqlite":  # elsewhere the tables can stay
        rules = (("order_events", "kind", events), ("order_events", "actor_kind", actors), ("decisions", "actor_kind", actors),
                 ("audit", "actor_kind", actors), ("outbox", "kind", messages))  # fmt: skip
        for table, column, rule in rules:
            op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, rule)
        return
    with _kept("order_events", EVENT):
        _create_events(events, actors)
    with _kept("decisions", DECISION):
        _create_decisions(actors)
    with _kept("outbox", MESSAGE):
        _create_outbox(messages)
    last = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
    number = None if op.get_context().as_sql else op.get_bind().execute(last).scalar()
    with _kept("audit", AUDIT):
        _create_audit(actors)
    if number is not None:  # the id of a deleted entry is never given to another
        op.execute(f"UPDATE sqlite_sequence SET seq = {int(number)} WHERE name = 'audit'")  # noqa: S608 - a number
        op.execute(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT 'audit', {int(number)} "  # noqa: S608 - a number
            "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'audit')"
        )


def _create_events(events: str, actors: str) -> None:
    op.create_table(
        "order_events",
        _reference("order_id"),
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        *_texts("kind"),
        *_moments("at"),
        *_texts("actor_kind", "actor_name", "state"),
        *_json("reason"),
        _check("order_events", "kind", events),
        _check("order_events", "actor_kind", actors),
        _check("order_events", "state", STATES),
        _order_key("order_events"),
        _primary_key("order_events", "order_id", "seq"),
    )


def _create_decisions(actors: str) -> None:
    op.create_table(
        "decisions",
        _id(),
        _reference("order_id"),
        sa.Column("is_current", sa.Boolean, nullable=False),
        *_texts("outcome"),
        *_moments("at"),
        *_texts("actor_kind", "actor_name", "rules_version"),
        *_json("findings"),
        *_texts("reason"),
        _check("decisions", "outcome", "outcome IN ('approved', 'rejected')"),
        _check("decisions", "actor_kind", actors),
        _order_key("decisions"),
        _primary_key("decisions", "id"),
    )
    current = sa.text("is_current")
    op.create_index(
        "uq_decisions_current", "decisions", ["order_id"], unique=True, sqlite_where=current, postgresql_where=current
    )
    op.create_index("ix_decisions_order_id", "decisions", ["order_id"])


def _create_outbox(rule: str) -> None:
    op.create_table(
        "outbox",
        _id(),
        *_texts("kind", "to_address", "language"),
        *_json("fill_in"),
        sa.Column("attempts", sa.Integer, nullable=False),
        *_moments("not_before", nullable=True),
        *_moments("created_at"),
        *_moments("sent_at", nullable=True),
        _check("outbox", "kind", rule),
        _primary_key("outbox", "id"),
    )
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at", "id"])


def _create_audit(actors: str) -> None:
    op.create_table(
        "audit",
        _id(),
        *_moments("at"),
        *_texts("actor_kind", "actor_name", "action", "subject", "order_number"),
        *_json("detail"),
        _check("audit", "actor_kind", actors),
        _primary_key("audit", "id"),
        sqlite_autoincrement=True,
    )
    for column in ("subject", "order_number", "action"):
        op.create_index(f"ix_audit_{column}", "audit", [column, "id"])


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _json(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.JSON, nullable=False) for name in names]


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
