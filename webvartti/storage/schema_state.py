"""Is the database at the schema of this version? Asked again and again, so the migrations are read once only."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Engine

from webvartti.storage.error_mapping import named_errors
from webvartti.storage.migrate import head, revision_of


class SchemaState:
    """Implements ``ports.SchemaState``. Threads may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self) -> bool:
        """Raises StorageUnavailable."""
        with named_errors(), self._engine.connect() as connection:
            return revision_of(connection) == self._head

    @cached_property
    def _head(self) -> str:
        return head()
