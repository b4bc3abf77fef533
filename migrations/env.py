"""Runs the migrations on the connection that ``webvartti.storage.migrate`` has opened; it also begins and commits."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("target_metadata"),
    on_version_apply=context.config.attributes.get("on_version_apply", ()),
    render_as_batch=True,
    transactional_ddl=True,  # Alembic believes that SQLite can't; it can where the driver begins nothing by itself
)
with context.begin_transaction():
    context.run_migrations()
