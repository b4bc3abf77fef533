"""One transaction, and the few ways in which the repositories use it. Everything here raises named errors only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Delete, Insert, RowMapping, Select, Table, TextClause, Update, insert
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from webvartti.domain.errors import CommitUnknown, StorageUnavailable, WebVarttiError
from webvartti.storage.error_mapping import commit_may_have_happened, constraint_violated, named_errors
from webvartti.storage.errors import UnitOfWorkOver
from webvartti.storage.upserts import or_change, unless_there

Values = Mapping[str, Any]
STREAMED_ROWS = 500
"""How many rows of a long answer are in memory at a time."""


@cache
def _insertion(table: Table) -> Insert:
    """Building a statement costs as much as running it."""
    return insert(table)


class Transaction:
    """Fails as a whole: after an error that isn't caught in a savepoint nothing more can be done, least of all a commit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._failed = False
        self._over = False

    @contextmanager
    def _guarded(self) -> Iterator[Connection]:
        if self._over:
            raise UnitOfWorkOver
        if self._failed:
            raise StorageUnavailable("this unit of work has failed before")
        try:
            with named_errors():
                yield self._connection
        except WebVarttiError:
            self._failed = True
            raise

    def begin(self) -> None:
        with self._guarded() as connection:
            connection.begin()

    def commit(self) -> None:
        """Raises StorageUnavailable where nothing has happened, CommitUnknown where that can't be told."""
        with self._guarded() as connection:
            try:
                connection.commit()
            except DBAPIError as error:
                if commit_may_have_happened(error):
                    raise CommitUnknown(type(error.orig).__name__) from error
                raise
        self._over = True

    def end(self) -> None:
        """Undo what wasn't committed and give the connection back; a broken one is thrown away.

        Raises nothing: what has been read is read, and what has failed has said so.
        """
        self._over = True
        try:
            self._connection.close()
        except SQLAlchemyError:
            if not self._connection.closed:  # closed it is where the connection turned out to be broken
                self._connection.invalidate()
                self._connection.close()

    def rows(
        self, question: Select[*tuple[Any, ...]] | Update | Delete | TextClause, values: Values | None = None
    ) -> Sequence[RowMapping]:
        """``values`` are those of the bindparams of a statement that was built once: what is asked often is built once."""
        with self._guarded() as connection:
            return connection.execute(question, values).mappings().all()

    def row(self, question: Select[*tuple[Any, ...]] | Update, values: Values | None = None) -> RowMapping | None:
        """The first row, or None."""
        return next(iter(self.rows(question, values)), None)

    def stream(self, question: Select[*tuple[Any, ...]]) -> Iterator[RowMapping]:
        """Row by row, for answers of any length."""
        with self._guarded() as connection:
            answer = connection.execute(question.execution_options(yield_per=STREAMED_ROWS)).mappings()
        while True:
            with self._guarded():
                row = answer.fetchone()
            if row is None:
                return
            yield row

    def change(self, statement: Update | Delete, values: Values | None = None) -> int:
        """How many rows were changed."""
        with self._guarded() as connection:
            return connection.execute(statement, values).rowcount

    def insert(self, table: Table, values: Values | Sequence[Values]) -> None:
        with self._guarded() as connection:
            connection.execute(_insertion(table), values)

    def insert_numbered(self, table: Table, values: Values) -> int:
        """The id that the database gave to the row."""
        with self._guarded() as connection:
            key = connection.execute(_insertion(table), values).inserted_primary_key
        return int(key[0]) if key else 0

    def attempt(self, statement: Insert | Update, values: Values | None = None) -> int:
        """Run in a savepoint; return how many rows were changed. ConstraintViolated leaves the transaction usable.

        Values of an insert are handed apart from the statement: SQLAlchemy then compiles it once.
        """
        with self._guarded() as connection:
            savepoint = connection.begin_nested()
            try:
                count = connection.execute(statement, values).rowcount
            except IntegrityError as error:
                refused = constraint_violated(error)
                savepoint.rollback()
            else:
                savepoint.commit()
                return count
        raise refused

    def insert_unless_there(self, table: Table, values: Values, returning: Column[Any]) -> Any | None:
        """``returning`` of the new row; None where a key is taken, once whoever took it has committed."""
        with self._guarded() as connection:
            return connection.execute(unless_there(connection.dialect.name, table, returning), values).scalar_one_or_none()

    def put(self, table: Table, values: Values) -> None:
        """Make the row with these primary key values, or change it; ``values`` are those of all columns."""
        with self._guarded() as connection:
            connection.execute(or_change(connection.dialect.name, table), values)
