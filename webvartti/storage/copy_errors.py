"""What stands in the way of a copy or a backup. Whichever it is, nothing was copied. No text repeats what a row holds."""

from __future__ import annotations

from webvartti.storage.errors import StorageError


class SourceNotCurrent(StorageError):
    """The database to be copied isn't at the revision of this program: run `webvartti database upgrade` on it first."""

    code = "source-not-current"


class TargetNotEmpty(StorageError):
    """There is something in the database to copy to: name an empty one."""

    code = "target-not-empty"


class SourceChanged(StorageError):
    """The database was written to while it was copied: stop the service and its worker, then copy again."""

    code = "source-changed"


class RowUnreadable(StorageError):
    """A row of the source holds something that no value of its column can be."""

    code = "row-unreadable"


class RowRefused(StorageError):
    """The target doesn't take a row."""

    code = "row-refused"


class CopyDiffers(StorageError):
    """What was written is read back otherwise."""

    code = "copy-differs"


class BackupNotHere(StorageError):
    """PostgreSQL is backed up with its own programs, pg_basebackup or pg_dump: see docs/databases.md, "Backup"."""

    code = "backup-not-here"


class BackupExists(StorageError):
    """There is a file of this name: choose another one, or say --force."""

    code = "backup-exists"


class BackupFailed(StorageError):
    """The backup can't be written."""

    code = "backup-failed"


class DatabaseDamaged(StorageError):
    """The database fails SQLite's own check: keep the backups that there are, and restore the newest that is sound."""

    code = "database-damaged"
