"""The CRLs in use, one index file an issuer in one folder: loading a new list, and asking for one serial number."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from webvartti.domain.certificates import RevocationList, RevocationState, RevocationStatus
from webvartti.domain.holders import CardId
from webvartti.domain.ports import Progress
from webvartti.domain.registers import Snapshot
from webvartti.pki.crl import CLOCK_SKEW, RevokedSerial, VerifiedCrl, verify_crl
from webvartti.pki.crl_errors import CrlFileMissing, CrlIndexNotWritten, CrlNumberReused, CrlRolledBack
from webvartti.pki.crl_file import IndexHeader, IndexUnusable, OpenIndex, write_index
from webvartti.pki.path_policy import CARD_PATH_POLICY, PathPolicy
from webvartti.pki.trusted import Trust

_MISSING = RevocationStatus(RevocationState.MISSING)
_HOLD = "certificateHold"
_FileIdentity = tuple[int, int, int]


class _OfThread(threading.local):
    """SQLite connections aren't shared between threads."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[_FileIdentity, OpenIndex]] = {}


class CrlIndex:
    """Implements ``ports.RevocationRegister``. Only CRLs of configured anchors and issuers are known."""

    def __init__(self, folder: Path, trust: Trust, policy: PathPolicy = CARD_PATH_POLICY) -> None:
        self._folder = folder
        self._trust = trust
        self._policy = policy
        self._keys = tuple(trust.certificates)
        self._of_thread = _OfThread()

    def status(self, card: CardId, now: datetime) -> RevocationStatus:
        """Fails closed: whatever is wrong with the index, the state is MISSING and nothing is raised.

        A STALE answer still tells ``revoked_at`` and ``reason`` where the old list held the serial.
        """
        try:
            index = self._index(card.issuer_key)
            entry = index.find(int(card.serial, 16))
        except (IndexUnusable, OSError, ValueError):
            self._forget(card.issuer_key)
            return _MISSING
        return _status(index.header, entry, now)

    def load(self, crl: Path, now: datetime, progress: Progress) -> Snapshot:
        """Raises a RevocationListRefused; then the list that was in use still is."""
        try:
            data = crl.read_bytes()
        except OSError as error:
            raise CrlFileMissing(f"{crl}: can't be read ({error.strerror})") from error
        verified = verify_crl(data, self._trust, self._policy, now)
        try:
            with self._only_loader():
                self._refuse_rollback(verified)
                header = write_index(self._path(verified.issuer_key), verified, progress)
        except (OSError, sqlite3.Error) as error:
            raise CrlIndexNotWritten(f"{self._folder}: the index can't be written ({type(error).__name__})") from error
        return self._snapshot(header)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """By issuer name; an issuer without a usable index is left out."""
        headers = [self._header(key) for key in self._keys]
        return tuple(sorted((self._snapshot(header) for header in headers if header), key=lambda snapshot: snapshot.name))

    def lists(self) -> tuple[RevocationList, ...]:
        """By issuer name."""
        headers = (self._header(key) for key in self._keys)
        found = (
            RevocationList(
                self._trust.name(each.issuer_key), "", each.number, each.this_update, each.next_update, each.rows, each.sha256
            )
            for each in headers
            if each
        )
        return tuple(sorted(found, key=lambda each: each.issuer))

    def without_crl(self, now: datetime) -> tuple[str, ...]:
        """The names of the CAs whose list is missing or no longer in force."""
        headers = {key: self._header(key) for key in self._keys}
        return tuple(sorted(self._trust.name(key) for key, header in headers.items() if not header or header.next_update < now))

    def _snapshot(self, header: IndexHeader) -> Snapshot:
        return Snapshot(self._trust.name(header.issuer_key), header.number, header.sha256, header.rows)

    def _refuse_rollback(self, verified: VerifiedCrl) -> None:
        in_use = self._header(verified.issuer_key)
        if in_use is None:
            return
        if verified.number < in_use.number:
            raise CrlRolledBack(f"CRLNumber {verified.number} after {in_use.number}")
        if verified.number == in_use.number and verified.sha256 != in_use.sha256:
            raise CrlNumberReused(f"CRLNumber {verified.number} belongs to another list that is in use")

    def _header(self, key: str) -> IndexHeader | None:
        try:
            return self._index(key).header
        except (IndexUnusable, OSError):
            return None

    def _index(self, key: str) -> OpenIndex:
        """This thread's connection, opened anew where the file was replaced. Raises OSError or IndexUnusable."""
        if key not in self._keys:
            raise IndexUnusable("not a configured CA")
        path = self._path(key)
        found = os.stat(path)
        identity = (found.st_dev, found.st_ino, found.st_mtime_ns)
        kept = self._of_thread.open.get(key)
        if kept is not None and kept[0] == identity:
            return kept[1]
        self._forget(key)
        index = OpenIndex(path, key)
        self._of_thread.open[key] = (identity, index)
        return index

    def _forget(self, key: str) -> None:
        kept = self._of_thread.open.pop(key, None)
        if kept is not None:
            kept[1].close()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.sqlite"

    @contextmanager
    def _only_loader(self) -> Iterator[None]:
        """One load at a time across processes, so that a rollback can't slip in between the check and the renaming."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / ".loading", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _status(header: IndexHeader, entry: RevokedSerial | None, now: datetime) -> RevocationStatus:
    return RevocationStatus(
        state=_state(header, entry, now),
        crl_number=header.number,
        this_update=header.this_update,
        next_update=header.next_update,
        revoked_at=None if entry is None else entry.revoked_at,
        reason="" if entry is None else entry.reason,
    )


def _state(header: IndexHeader, entry: RevokedSerial | None, now: datetime) -> RevocationState:
    if header.next_update < now or header.this_update - CLOCK_SKEW > now:
        return RevocationState.STALE
    if entry is None:
        return RevocationState.GOOD
    return RevocationState.ON_HOLD if entry.reason == _HOLD else RevocationState.REVOKED
