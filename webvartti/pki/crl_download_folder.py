"""What the fetching keeps beside the CRL indexes: its lock, files on their way, and what it remembers of each address."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from webvartti.domain.crl_fetching import FetchRecord, FetchUnderWay, Validators
from webvartti.pki.crl_download_errors import DownloadNotStored
from webvartti.pki.crl_file import FILE_MODE

_MEMORY = "fetches.json"
_LOCK = ".fetching"
_ON_ITS_WAY = ".download-"


class FetchFolder:
    """Implements ``ports.FetchMemory``. What is remembered only saves work: a file that is lost or damaged counts as empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Raises FetchUnderWay at once where another process holds the lock, DownloadNotStored where it can't be made."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDONLY | os.O_CREAT, FILE_MODE)
        except OSError as error:
            raise self._not_stored(error) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FetchUnderWay("another process is fetching now; try again in a minute") from error
            self._sweep()
            yield
        finally:
            os.close(descriptor)

    def records(self) -> Mapping[str, FetchRecord]:
        """By URL."""
        try:
            listed = json.loads((self._folder / _MEMORY).read_bytes())
            return {record.url: record for record in map(_record, listed)}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}

    def remember(self, records: Mapping[str, FetchRecord]) -> None:
        """These, and nothing else. Raises DownloadNotStored."""
        listed = [asdict(record) for record in records.values()]
        try:
            handle, name = mkstemp(prefix=_ON_ITS_WAY, dir=self._folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(listed, file, default=datetime.isoformat, indent=1)
                Path(name).chmod(FILE_MODE)
                Path(name).replace(self._folder / _MEMORY)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise self._not_stored(error) from error

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """A new empty file that only we read, gone afterwards. Raises DownloadNotStored."""
        try:
            handle, name = mkstemp(prefix=_ON_ITS_WAY, dir=self._folder)
            os.close(handle)
        except OSError as error:
            raise self._not_stored(error) from error
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """What a killed process left. Under the lock nobody else's download is on its way."""
        for left in self._folder.glob(f"{_ON_ITS_WAY}*"):
            with suppress(OSError):
                left.unlink()

    def _not_stored(self, error: OSError) -> DownloadNotStored:
        return DownloadNotStored(f"{self._folder}: can't be written ({error.strerror})")


def _record(saved: dict[str, Any]) -> FetchRecord:
    succeeded_at, validators = saved["succeeded_at"], saved["validators"]
    return FetchRecord(
        url=str(saved["url"]),
        tried_at=_moment(saved["tried_at"]),
        problem=str(saved["problem"]),
        detail=str(saved["detail"]),
        failures=int(saved["failures"]),
        succeeded_at=None if succeeded_at is None else _moment(succeeded_at),
        sha256=str(saved["sha256"]),
        validators=Validators(str(validators["etag"]), str(validators["last_modified"])),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
