"""A private PostgreSQL for the test run, and fresh databases on it.

The cluster is made and run by Debian's programs in a folder of the test run, under an account that isn't root, and listens to
a unix socket only. ``WEBVARTTI_TEST_DATABASE_URL`` names another server to use instead (an account that may create databases).
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from psycopg import sql
from sqlalchemy import make_url

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_ACCOUNT = "postgres"
"""Debian's package makes it; the programs refuse to run as root."""
_QUICK = {"fsync": "off", "full_page_writes": "off"}
"""For tests in which nothing is killed."""


def programs() -> Path:
    """Where Debian keeps the newest PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert found, "Debian's package postgresql isn't installed: `make test` does that"
    return found[-1]


def _as_account(*command: str | Path) -> list[str]:
    words = [str(word) for word in command]
    return words if os.getuid() else ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups", *words]


@dataclass
class Cluster:
    """One PostgreSQL server with its files and its socket in ``directory``; ``port`` is part of the socket's name too."""

    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    initdb: tuple[str, ...] = ()
    port: int = 5432
    _process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make the files. The folders above must let the account through; pytest's don't, so ``directory`` is made apart."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        if not os.getuid():
            account = pwd.getpwnam(_ACCOUNT)
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        words = _as_account(programs() / "initdb", "-D", self.data, "-U", _ACCOUNT, "--auth=trust", "-E", "UTF8")
        more = ["--locale=C.UTF-8", *self.initdb, "--no-sync"]
        subprocess.run([*words, *more], check=True, capture_output=True, cwd="/")

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def pid(self) -> int:
        """Of the postmaster, for those who want to kill it."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Wait until it answers."""
        more = [f"-c{name}={value}" for name, value in self.settings.items()]
        where: list[str | Path] = ["-D", self.data, "-k", self.directory, "-h", "", "-p", str(self.port)]
        words = _as_account(programs() / "postgres", *where, "-c", "max_connections=300")
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen([*words, *more], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                waits = time.monotonic() < until and self._process.poll() is None
                assert waits, (self.directory / "log").read_text(errors="replace")[-2000:]
                time.sleep(0.05)

    def stop(self) -> None:
        """In order (INT: fast shutdown)."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(2)
            self._process.wait(60)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def reap(self) -> None:
        """Take note that somebody has killed it; it can be started again."""
        assert self._process is not None
        self._process.wait(30)

    def run(self, script: str) -> None:
        """Lines for a shell, as the server's account, with PostgreSQL's programs in the path and its socket known to them."""
        path = f"{programs()}:{os.environ['PATH']}"
        environ = {"PATH": path, "PGHOST": str(self.directory), "PGPORT": str(self.port), "PGUSER": _ACCOUNT}
        words = _as_account("sh", "-eu")
        done = subprocess.run(words, input=script, env=environ, cwd=self.directory, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def address(self, database: str) -> str:
        """For libpq."""
        return f"postgresql:///{database}?host={self.directory}&user={_ACCOUNT}&port={self.port}"

    def url(self, database: str) -> str:
        """For WEBVARTTI_DATABASE_URL."""
        port = "" if self.port == 5432 else f"&port={self.port}"
        return f"postgresql+psycopg://{_ACCOUNT}@/{database}?host={self.directory}{port}"


@dataclass
class Server:
    """Where databases can be made: a cluster of our own, or the server of WEBVARTTI_TEST_DATABASE_URL."""

    administrator: str
    url: str
    _numbers: Iterator[int] = field(default_factory=count)

    def create(self, template: str = "template0") -> str:
        """The URL of a new database, a copy of ``template`` (a URL that this gave before, or a name)."""
        name = f"webvartti_test_{os.getpid()}_{next(self._numbers)}"
        model = make_url(template).database if "://" in template else template
        if "://" in template:  # a pool that nobody needs any more may still have a connection to the model
            self._run(sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(model))
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")  # PostgreSQL 15; without fsync the faster one
        self._run(words.format(sql.Identifier(name), sql.Identifier(model or "")))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Also where connections are still open."""
        name = make_url(url).database or ""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.administrator, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_cluster(directory: Path, settings: Mapping[str, str] | None = None, *initdb: str) -> Iterator[Cluster]:
    """A cluster of its own, thrown away at the end. ``settings`` as in postgresql.conf; quick and not durable by default."""
    cluster = Cluster(directory, _QUICK if settings is None else settings, initdb)
    cluster.create()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def database_server(directory: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The server of the test run; ``settings`` as in ``running_cluster``."""
    given = os.environ.get("WEBVARTTI_TEST_DATABASE_URL")
    if given:
        administrator = make_url(given).set(drivername="postgresql").render_as_string(hide_password=False)
        yield Server(administrator, given)
        return
    with running_cluster(directory, settings) as cluster:
        yield Server(cluster.address("postgres"), cluster.url("postgres"))


def on_both(metafunc: pytest.Metafunc) -> None:
    """Run a test once a database; once only where it says so, or asks for the SQLite file itself (the fixture ``database``)."""
    if "backend" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker
    if "database" in metafunc.fixturenames or marked("only_sqlite"):
        backends = [SQLITE]
    else:
        backends = [POSTGRESQL] if marked("only_postgresql") else [SQLITE, POSTGRESQL]
    metafunc.parametrize("backend", backends, scope="session")


def is_sqlite(url: str) -> bool:
    """For the few words that the two databases have of their own."""
    return make_url(url).get_backend_name() == "sqlite"


def execute(url: str, *statements: str) -> None:
    """As somebody would who has the database itself: past every rule of the program. On SQLite without foreign keys."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    """The rows of a question in SQL that both databases understand."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(question)]


def forbid_inserts(url: str, table: str) -> None:
    """From now on the database refuses every new row of the table, for a reason that no code has thought of."""
    if is_sqlite(url):
        execute(url, f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'not today'); END")
        return
    execute(
        url,
        f"CREATE FUNCTION no_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$",
        f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} EXECUTE FUNCTION no_{table}()",
    )


@contextmanager
def away(url: str) -> Iterator[None]:
    """A database that has gone, connections and all, and is back at the end with what it held."""
    address = make_url(url)
    if is_sqlite(url):
        file = Path(address.database or "")
        hidden = file.rename(file.with_name("away.db"))
        yield
        assert not file.exists(), "a database file was made anew behind our back"
        hidden.rename(file)
        return
    maintenance = address.set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(maintenance, autocommit=True) as administrator:
        may_connect = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format
        name = sql.Identifier(address.database or "")
        administrator.execute(may_connect(name, sql.Literal(False)))
        administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [address.database])
        yield
        administrator.execute(may_connect(name, sql.Literal(True)))
