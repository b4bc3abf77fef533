"""One SQLite file a kind of extract. A file in use is never written to: a new one is written aside and renamed over it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webvartti.domain.registers import RegisterKind, Snapshot
from webvartti.registry.errors import ExtractDamaged, ExtractNotLoaded, ExtractNotStored, LoadInProgress

META = "meta"
ROWS = "extract"
_PRIVATE = 0o600  # persons and rights: for the account that runs the service


@dataclass(frozen=True, slots=True)
class _Opened:
    """A connection and the file that it reads (inode, time of change in ns); an open inode isn't given to another file."""

    connection: sqlite3.Connection
    file: tuple[int, int]


class SnapshotFiles:
    """The snapshot files of one folder; every thread has its own read-only connections."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._threads = threading.local()

    @contextmanager
    def reading(self, kind: RegisterKind) -> Iterator[sqlite3.Connection]:
        """The extract in use. Raises ExtractNotLoaded, ExtractDamaged, the latter also for what the caller finds in it."""
        try:
            yield self._connection(kind)
        except FileNotFoundError:
            raise ExtractNotLoaded(kind) from None
        except (OSError, sqlite3.Error, ValueError) as problem:
            # the kind of the problem only: a ValueError's text would hold the value
            raise ExtractDamaged(kind, type(problem).__name__) from None

    def snapshot(self, kind: RegisterKind) -> Snapshot:
        """Which extract is in use. Raises as ``reading`` does."""
        with self.reading(kind) as connection:
            row = connection.execute("SELECT number, sha256, rows FROM meta WHERE kind = ?", [kind]).fetchone()
            if row is None:
                raise ValueError("no row in meta")
            return Snapshot(kind.value, int(row[0]), str(row[1]), int(row[2]))

    @contextmanager
    def loading(self, kind: RegisterKind) -> Iterator[NewSnapshot]:
        """A new file beside the one in use, for one loader at a time; thrown away unless ``put_in_use``."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._locked(kind) as lock:
                new = NewSnapshot(kind, self._path(kind), lock)
                try:
                    yield new
                finally:
                    new.throw_away()
        except (OSError, sqlite3.Error) as problem:
            raise ExtractNotStored(f"the extract of {kind} was not stored: {problem}") from problem

    @contextmanager
    def _locked(self, kind: RegisterKind) -> Iterator[int]:
        """The descriptor of the kind's lock file, held by this process alone; it is let go also when the process dies."""
        descriptor = os.open(self._folder / f"{kind}.lock", os.O_RDWR | os.O_CREAT, _PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield descriptor
        except BlockingIOError:
            raise LoadInProgress(kind) from None
        finally:
            os.close(descriptor)

    def _path(self, kind: RegisterKind) -> Path:
        return self._folder / f"{kind}.sqlite"

    def _connection(self, kind: RegisterKind) -> sqlite3.Connection:
        path = self._path(kind)
        status = path.stat()
        file = (status.st_ino, status.st_mtime_ns)
        opened: dict[RegisterKind, _Opened] = self._threads.__dict__.setdefault("opened", {})
        known = opened.get(kind)
        if known is not None:
            if known.file == file:
                return known.connection
            known.connection.close()
            del opened[kind]
        # immutable: the file never changes, it is only replaced, so no locks and no journal are needed
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        opened[kind] = _Opened(connection, file)
        return connection


class NewSnapshot:
    """An extract that is being written aside, while its lock (``lock``, a file descriptor) is held."""

    def __init__(self, kind: RegisterKind, path: Path, lock: int) -> None:
        self._kind = kind
        self._path = path
        self._lock = lock
        self._aside = path.with_suffix(".new")
        self._aside.unlink(missing_ok=True)
        os.close(os.open(self._aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
        from sqlite_utils import Database  # only who loads an extract needs it

        self.database = Database(sqlite3.connect(self._aside))
        # whatever happens before the renaming, this file is thrown away: it needs no journal
        self.database.conn.execute("PRAGMA journal_mode = OFF")
        self.database.conn.execute("PRAGMA synchronous = OFF")

    def put_in_use(self, sha256: str, rows: int) -> Snapshot:
        """Number it, bring it to the disk, rename it over the one in use."""
        number = self._next_number()
        meta = {"kind": self._kind.value, "number": number, "sha256": sha256, "rows": rows}
        self.database.table(META).insert(meta)
        self.database.conn.commit()
        self.database.conn.close()
        _to_disk(self._aside)
        os.replace(self._aside, self._path)
        _to_disk(self._path.parent)
        return Snapshot(self._kind.value, number, sha256, rows)

    def throw_away(self) -> None:
        """Remove what isn't in use; nothing to do after ``put_in_use``."""
        self.database.conn.close()
        self._aside.unlink(missing_ok=True)

    def _next_number(self) -> int:
        """One more than the last: kept in the lock file, so that numbers go on even after a damaged extract."""
        last = os.pread(self._lock, 20, 0).strip()
        number = int(last) + 1 if last.isdigit() else 1
        os.pwrite(self._lock, b"%-20d" % number, 0)
        os.fsync(self._lock)
        return number


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
