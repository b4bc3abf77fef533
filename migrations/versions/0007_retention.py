"""A mark in place of the audit's removed old end, and an index by which old feedback is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_marks",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_marks")),
    )
    op.create_index("ix_feedback_at", "feedback", ["at"])


def downgrade() -> None:
    """Where retention has removed entries, the audit's first one is reported as missing from here on: the mark is gone from
    the database. It still stands among the checkpoints.
    """
    op.drop_index("ix_feedback_at", "feedback")
    op.drop_table("audit_marks")
