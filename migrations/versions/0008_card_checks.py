"""What tries of "Does my card work?" found, by support code, for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_checks",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("software", sa.Text, nullable=False),
        sa.Column("software_version", sa.Text, nullable=False),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("clock_seconds", sa.Integer, nullable=False),
        sa.Column("tls", sa.Text, nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_card_checks")),
    )
    op.create_index("ix_card_checks_at", "card_checks", ["at"])


def downgrade() -> None:
    op.drop_index("ix_card_checks_at", "card_checks")
    op.drop_table("card_checks")
