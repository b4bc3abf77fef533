"""May this program run on this database? Asked again and again, so the migrations are read once only."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection, Engine, inspect, select

from webvartti.storage.error_mapping import named_errors
from webvartti.storage.node_tables import schema_floor
from webvartti.storage.revisions import history, revision_of


class SchemaState:
    """Implements ``ports.SchemaState``. Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self) -> bool:
        """Also where a newer program has migrated it, and says that ours may go on meanwhile. Raises StorageUnavailable."""
        with named_errors(), self._engine.connect() as connection:
            revision = revision_of(connection)
            if revision is None or revision in self._history:
                return revision == self._history[0]
            return _floor(connection) in self._history

    def is_newer(self) -> bool:
        """Whether a program migrated it whose migrations this one doesn't know. Raises StorageUnavailable."""
        with named_errors(), self._engine.connect() as connection:
            return revision_of(connection) not in (None, *self._history)

    @cached_property
    def _history(self) -> tuple[str, ...]:
        """Newest first."""
        return history()


def _floor(connection: Connection) -> str | None:
    """None where the table isn't there: then it isn't a database of ours."""
    if not inspect(connection).has_table(schema_floor.name):
        return None
    return connection.execute(select(schema_floor.c.revision)).scalar_one_or_none()
