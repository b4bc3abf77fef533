"""Files and directories of this machine: who may read them, who may replace them, and is there room?"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from webvartti.doctor.installation import Installation
from webvartti.domain.health import HealthCheck, Verdict

_SHORTEST_KEY = 32
_LEAST_ROOM, _LITTLE_ROOM = 100 * 2**20, 1024 * 2**20
"""Bytes on the database's disk: SQLite needs room for the write-ahead log too."""

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL


def keys(installation: Installation) -> Iterator[HealthCheck]:
    """Only their owner reads them, nobody else can put others in their place, they are long, and no two are the same."""
    contents: dict[bytes, str] = {}
    for setting, file in installation.keys:
        yield _key(setting, file, installation.uid, contents)


def _key(setting: str, file: Path, uid: int, contents: dict[bytes, str]) -> HealthCheck:
    name = f"key {setting}"
    try:
        found = file.stat()
        content = file.read_bytes().strip()
    except OSError as problem:
        step = f"put it there and let the service's account read it: {file}"
        return HealthCheck(name, FAIL, f"can't be read ({problem.strerror})", step)
    if found.st_mode & 0o077:
        return HealthCheck(name, FAIL, f"others can read it (mode {_mode(found)})", f"chmod 600 {file}")
    if found.st_uid not in (0, uid):
        return HealthCheck(name, FAIL, "belongs to another account", f"chown root {file}, or the service's account")
    return _content(name, setting, content, file, contents) or _surroundings(name, file, uid)


def _content(name: str, setting: str, content: bytes, file: Path, contents: dict[bytes, str]) -> HealthCheck | None:
    if not setting.endswith(("SECRET_KEY_FILE", "AUDIT_KEY_FILE")):
        return None
    if len(content) < _SHORTEST_KEY or len(set(content)) < _SHORTEST_KEY // 4:
        return HealthCheck(name, FAIL, f"holds less than {_SHORTEST_KEY} random bytes", f"openssl rand -base64 48 > {file}")
    same = contents.setdefault(content, setting)
    if same != setting:
        return HealthCheck(name, FAIL, f"holds the same key as {same}", f"openssl rand -base64 48 > {file}")
    return None


def _surroundings(name: str, file: Path, uid: int) -> HealthCheck:
    if replaceable := replaceable_through(file, uid):
        return HealthCheck(name, FAIL, "somebody else can replace it", f"chmod go-w {replaceable}")
    if file.parent.stat().st_mode & stat.S_IROTH:
        return HealthCheck(name, WARN, "others can list its directory", f"chmod o-r {file.parent}")
    return HealthCheck(name, OK, "its owner alone reads it")


def replaceable_through(file: Path, uid: int) -> Path | None:
    """The directory above ``file`` in which somebody else could rename things; None where there is none."""
    for directory in file.absolute().parents:
        found = directory.stat()
        if found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX:
            return directory
        if found.st_uid not in (0, uid):
            return directory
    return None


def directories(installation: Installation) -> Iterator[HealthCheck]:
    """What this service writes, and what it trusts: nobody else may write there."""
    wanted = (
        ("revocation directory", installation.revocation_directory),
        ("register directory", installation.register_directory),
        ("audit checkpoints", installation.checkpoints),
    )
    for name, place in wanted:
        if place is not None:
            yield _written(name, place, installation.uid, is_file=place == installation.checkpoints)
    if installation.trust_file is not None and installation.trust_file.is_file():
        yield _trusted(installation.trust_file, installation.uid)
    if installation.checkpoints is not None and installation.database is not None:
        yield _apart(installation.checkpoints, installation.database)


def _written(name: str, place: Path, uid: int, *, is_file: bool) -> HealthCheck:
    directory = place.parent if is_file else place
    if not directory.is_dir():
        return HealthCheck(name, FAIL, "its directory isn't there", f"install -d -m 750 -o webvartti {directory}")
    if not os.access(directory, os.W_OK | os.X_OK) or (place.exists() and not os.access(place, os.W_OK)):
        return HealthCheck(name, FAIL, "can't be written", f"chown it to the service's account: {place}")
    for each in (directory, place):
        if each.exists() and each.stat().st_mode & 0o002 and not each.stat().st_mode & stat.S_ISVTX:
            return HealthCheck(name, FAIL, "anybody can write it", f"chmod o-w {each}")
    if replaceable := replaceable_through(place, uid):
        return HealthCheck(name, FAIL, "somebody else can replace it", f"chmod go-w {replaceable}")
    return HealthCheck(name, OK, "written by this account only")


def _trusted(file: Path, uid: int) -> HealthCheck:
    if file.stat().st_mode & 0o022:
        return HealthCheck("trust file", FAIL, "others can write whom to trust", f"chmod go-w {file}")
    if replaceable := replaceable_through(file, uid):
        return HealthCheck("trust file", FAIL, "somebody else can replace it", f"chmod go-w {replaceable}")
    return HealthCheck("trust file", OK, "nobody else can write it")


def _apart(checkpoints: Path, database: Path) -> HealthCheck:
    name = "audit checkpoints apart"
    try:
        same = checkpoints.parent.stat().st_dev == database.parent.stat().st_dev
    except OSError:
        return HealthCheck(name, WARN, "can't be told")
    if same:
        step = "set WEBVARTTI_AUDIT_CHECKPOINT_FILE to a place on another disk, best one that only takes additions"
        return HealthCheck(name, WARN, "on the same disk as the database: whoever can change one can change the other", step)
    return HealthCheck(name, OK, "on another disk than the database")


def database(installation: Installation) -> Iterator[HealthCheck]:
    """The database's files; of a database elsewhere only what health says."""
    file = installation.database
    if file is None:
        return
    if not file.is_file():
        yield HealthCheck("database files", FAIL, "the file isn't there", "run `webvartti database upgrade`")
        return
    yield _private(file)
    yield _journal(file)
    yield _room(file)


def _private(file: Path) -> HealthCheck:
    name = "database files"
    for each in (file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm"))):
        if each.exists() and each.stat().st_mode & 0o007:
            return HealthCheck(name, FAIL, "anybody on this machine can read or write people's data", f"chmod 600 {each}")
    if file.stat().st_mode & 0o070:
        return HealthCheck(name, WARN, "its group has a way in", f"chmod 600 {file}")
    if not os.access(file, os.W_OK):
        return HealthCheck(name, FAIL, "can't be written", f"chown it to the service's account: {file}")
    return HealthCheck(name, OK, "its owner alone reads them")


def _journal(file: Path) -> HealthCheck:
    """Bytes 18 and 19 of the file: 2 is WAL (SQLite file format 1.3.3)."""
    name = "database journal"
    try:
        with file.open("rb") as opened:
            head = opened.read(20)
    except OSError as problem:
        return HealthCheck(name, FAIL, f"can't be read ({problem.strerror})", f"let the service's account read {file}")
    if head[:15] != b"SQLite format 3":
        return HealthCheck(name, FAIL, "isn't an SQLite database", "restore it from a backup")
    if head[18:20] != b"\x02\x02":
        return HealthCheck(
            name, WARN, "no write-ahead log: readers hold writers up", f"sqlite3 {file} 'PRAGMA journal_mode=WAL'"
        )
    return HealthCheck(name, OK, "write-ahead log")


def _room(file: Path) -> HealthCheck:
    free = shutil.disk_usage(file.parent).free
    verdict = FAIL if free < _LEAST_ROOM else WARN if free < _LITTLE_ROOM else OK
    step = "" if verdict is OK else "make room on the database's disk"
    return HealthCheck("database disk", verdict, f"{free // 2**20} MiB free", step)


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):03o}"
