"""One engine a process: how the main database is reached."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from webvartti.storage.errors import DatabaseUrlRefused
from webvartti.storage.postgresql_engine import postgresql_engine
from webvartti.storage.sqlite_engine import sqlite_engine

_OPTIONS: dict[str, Any] = {
    "hide_parameters": True,  # an error's text goes to the log, and the values are people's data
    "json_serializer": partial(json.dumps, ensure_ascii=False),
    "max_overflow": 0,
    "pool_timeout": 10,
}

CONNECTIONS = 8
"""Of one process at the most. A request holds one for some milliseconds of its time, so that 16 threads seldom wait for 8;
and two nodes of five processes stay below the 100 that a PostgreSQL takes by default."""


def create_engine(url: str, connections: int = CONNECTIONS, *, make: bool = False) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql+psycopg://...``; connects only to ``make`` a SQLite file.

    Raises DatabaseUrlRefused, DatabaseFolderMissing, DatabaseFileMissing, and StorageUnavailable where the file can't be made.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return sqlite_engine(_file(address), make=make, pool_size=connections, **_OPTIONS)
    return postgresql_engine(address, pool_size=connections, **_OPTIONS)


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
