"""One engine a process: how the main database is reached."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from webvartti.storage.errors import DatabaseUrlRefused
from webvartti.storage.sqlite_engine import BUSY_TIMEOUT, sqlite_engine

_OPTIONS: dict[str, Any] = {
    "hide_parameters": True,  # an error's text goes to the log, and the values are people's data
    "json_serializer": partial(json.dumps, ensure_ascii=False),
    "pool_size": 8,
    "max_overflow": 24,
    "pool_timeout": 10,
}


def create_engine(url: str) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql+psycopg://...``; connects only to make a SQLite file that isn't there.

    Raises DatabaseUrlRefused, DatabaseFolderMissing, and StorageUnavailable where the file can't be made.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return sqlite_engine(_file(address), **_OPTIONS)
    milliseconds = int(BUSY_TIMEOUT * 1000)
    waiting = {"connect_timeout": int(BUSY_TIMEOUT), "options": f"-c lock_timeout={milliseconds}"}
    try:
        return sqlalchemy.create_engine(address, pool_pre_ping=True, connect_args=waiting, **_OPTIONS)
    except (ImportError, NoSuchModuleError, ArgumentError) as error:
        raise DatabaseUrlRefused(f"the driver {address.drivername} isn't installed") from error


def database_file(url: str) -> Path | None:
    """The file of a SQLite database; None for a database server's. Raises DatabaseUrlRefused."""
    address = _address(url)
    return _file(address) if address.get_backend_name() == "sqlite" else None


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUrlRefused("not a database address") from None  # SQLAlchemy's text repeats the whole address
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseUrlRefused(f"{address.get_backend_name()} is neither sqlite nor postgresql")
    return address


def _file(address: URL) -> Path:
    if address.drivername not in ("sqlite", "sqlite+pysqlite") or address.query or address.host:
        raise DatabaseUrlRefused("a SQLite address is sqlite:///FILE, without options")
    if not address.database or address.database == ":memory:" or address.database.startswith("file:"):
        raise DatabaseUrlRefused("the SQLite database must be a file")
    return Path(address.database)
