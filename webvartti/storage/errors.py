"""What storage refuses, by name. A database that doesn't answer is the domain's StorageUnavailable."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DontWrapMixin

from webvartti.domain.errors import StorageUnavailable, WebVarttiError


class StorageError(WebVarttiError):
    """Something is asked of the main database that it can't be asked."""

    code = "storage-error"


class TransactionConflict(StorageUnavailable):
    """Of transactions that can't all be as if alone, this one was given up: nothing has happened, and it may be tried again."""


class DatabaseBusy(StorageUnavailable):
    """Somebody else held what was needed for too long; nothing has happened."""


class DatabaseUrlRefused(StorageError):
    """Neither a SQLite file nor a PostgreSQL database. The text never repeats the address: it may hold a password."""

    code = "database-url-refused"


class DatabaseFolderMissing(StorageError):
    """The folder in which the SQLite file should be doesn't exist."""

    code = "database-folder-missing"


class DatabaseFileMissing(StorageUnavailable):
    """The file of the SQLite database isn't where it should be."""

    code = "database-file-missing"


class NaiveDateTime(StorageError, DontWrapMixin):
    """A time without a time zone: nobody can tell which moment it means."""

    code = "naive-datetime"


class ConstraintViolated(StorageError):
    """A rule of the schema refuses a row. ``names`` are its name (PostgreSQL), or "table.column" of its columns (SQLite)."""

    code = "constraint-violated"

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = names

    def concerns(self, rule: Index | PrimaryKeyConstraint | UniqueConstraint) -> bool:
        """True where ``rule`` (a unique index, a unique constraint, a primary key) is the one that refused."""
        columns = {f"{column.table.name}.{column.name}" for column in rule.columns}
        return rule.name in self.names or self.names == columns


class ValueNotStorable(StorageError):
    """A value that the database has no room for: a number too large, a character that is none."""

    code = "value-not-storable"


class SealWithoutEntry(StorageError):
    """A seal is to be stored, and the entry that it seals is missing."""

    code = "seal-without-entry"


class UnitOfWorkOver(StorageError):
    """The unit of work has been committed or left; a new one is needed."""

    code = "unit-of-work-over"


class ReadingUnitOfWork(StorageError):
    """A unit of work that was opened for reading is asked to commit."""

    code = "reading-unit-of-work"


class MigrationsMissing(StorageError):
    """The migrations are neither inside the package nor beside it: the installation is broken."""

    code = "migrations-missing"


class MigrationHeldUp(StorageError):
    """Somebody held a table that a migration needs to itself; the migration has changed nothing and can be run again."""

    code = "migration-held-up"


class RevisionUnknown(StorageError):
    """No migration of this name here; a database may also have been migrated by a newer version."""

    code = "revision-unknown"


class ReferencesBroken(StorageError):
    """Some rows would refer to rows that don't exist, so everything was undone."""

    code = "references-broken"
