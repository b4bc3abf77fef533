"""What several nodes agree on: who does which job of the worker, and which programs may run on this schema."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text

from webvartti.storage.columns import metadata, moment_column, text_column

worker_jobs = Table(
    "worker_jobs",
    metadata,
    Column("name", Text, primary_key=True),
    text_column("holder"),
    moment_column("held_until", nullable=True),
    moment_column("finished_at", nullable=True),
)
"""One row a job. On PostgreSQL whoever does it holds the row's lock; on SQLite ``holder`` has it until ``held_until``."""

schema_floor = Table(
    "schema_floor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    text_column("revision"),
    CheckConstraint("id = 1", name="id"),
)
"""The oldest revision whose programs may run here. A migration that only adds leaves it; one that takes away raises it."""
