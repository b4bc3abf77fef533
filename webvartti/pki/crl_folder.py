"""The folder of index files: one a list (issuer's key and scope), shared by processes and threads."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from webvartti.pki.crl_file import FILE_MODE
from webvartti.pki.crl_header import IndexUnusable
from webvartti.pki.crl_open import OpenIndex, index_name
from webvartti.pki.crl_scope import CrlScope

_FOLDER_MODE = 0o750
_SUFFIX = ".sqlite"
_KEY_LENGTH = 64
_FileIdentity = tuple[int, int, int]


class _OfThread(threading.local):
    """SQLite connections aren't shared between threads."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[_FileIdentity, OpenIndex]] = {}


class HeldLists:
    """The lists in use at one moment. What can't be read is remembered, for it may have held anything."""

    def __init__(self, folder: CrlFolder, names: Iterable[str]) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] = {}
        for name in names:
            if name.endswith(_SUFFIX) and not name.startswith("."):
                self._names.setdefault(name[:_KEY_LENGTH], []).append(name)

    def signed_by(self, key: str) -> tuple[tuple[OpenIndex, ...], bool]:
        """The lists that this key has signed, and whether all of them could be read."""
        found: list[OpenIndex] = []
        names = self._names.get(key, [])
        for name in names:
            try:
                found.append(self._folder.open_index(name))
            except (IndexUnusable, OSError):
                continue
        return tuple(found), len(found) == len(names)


class CrlFolder:
    """Reading needs no lock: a file is only ever replaced by another whole one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prefix = os.path.join(folder, "")  # a Path would take longer to make than the file to be found
        self._of_thread = _OfThread()

    def held(self) -> HeldLists:
        """Nothing, where there is no folder."""
        try:
            return HeldLists(self, os.listdir(self._prefix))
        except OSError:
            return HeldLists(self, ())

    def path(self, key: str, scope: CrlScope) -> Path:
        return self._folder / index_name(key, scope.digest())

    def open_index(self, name: str) -> OpenIndex:
        """This thread's connection, opened anew where the file was replaced. Raises OSError or IndexUnusable."""
        path = f"{self._prefix}{name}"
        try:
            found = os.stat(path)
        except OSError:
            self.forget(name)
            raise
        identity = (found.st_dev, found.st_ino, found.st_mtime_ns)
        kept = self._of_thread.open.get(name)
        if kept is not None and kept[0] == identity:
            return kept[1]
        self.forget(name)
        index = OpenIndex(Path(path))
        self._of_thread.open[name] = (identity, index)
        return index

    def forget(self, name: str) -> None:
        """Close this thread's connection."""
        kept = self._of_thread.open.pop(name, None)
        if kept is not None:
            kept[1].close()

    @contextmanager
    def only_loader(self) -> Iterator[None]:
        """One load at a time across processes, so that a rollback can't slip in between the check and the renaming.

        What a load that was killed has left aside is thrown away. Raises OSError.
        """
        self._folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / ".loading", os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for left in self._folder.glob(f".*{_SUFFIX}.*"):
                left.unlink(missing_ok=True)
            yield
        finally:
            os.close(descriptor)
