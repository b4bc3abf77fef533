"""PostgreSQL as the main database: several nodes, every commit on the disk before it is told to anyone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from webvartti.storage.errors import DatabaseUrlRefused

CONNECT_TIMEOUT = 5
"""Seconds until a server that doesn't answer is given up."""

LOCK_TIMEOUT = 5
"""Seconds that a statement waits for another transaction's rows."""

_SETTINGS = {
    "lock_timeout": f"{LOCK_TIMEOUT}s",
    "statement_timeout": "60s",  # no page asks that long; longer work (a copy, a migration) says so for itself
    "idle_in_transaction_session_timeout": "10min",  # a process that hangs mustn't hold its locks for ever
    "timezone": "UTC",
    "application_name": "webvartti",
}
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""Seconds, seconds, a count, milliseconds: a server whose machine has gone is noticed while somebody is still waiting."""

_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
)


def postgresql_engine(address: URL, **options: Any) -> Engine:
    """Connects when first asked. What stands in the address itself (``?sslmode=verify-full``) goes before the values here;
    of its ``options`` each setting by itself. Only durability isn't for it to say.

    Raises DatabaseUrlRefused where the driver isn't installed, or is another than psycopg.
    """
    if address.drivername != "postgresql+psycopg":
        raise DatabaseUrlRefused("a PostgreSQL address is postgresql+psycopg://USER@HOST/DATABASE")
    settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    wanted: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT, **_KEEPALIVE}
    if not _on_this_machine(address):
        wanted["sslmode"] = "verify-full"  # libpq's own default would believe whoever answers, and without encryption
    arguments: dict[str, Any] = {name: value for name, value in wanted.items() if name not in address.query}
    arguments["options"] = " ".join((settings, *address.normalized_query.get("options", ())))  # the last of a name counts
    try:
        engine = create_engine(address, isolation_level="READ COMMITTED", pool_pre_ping=True, connect_args=arguments, **options)
    except (ImportError, NoSuchModuleError, ArgumentError) as error:
        raise DatabaseUrlRefused("the driver psycopg isn't installed: pip install 'webvartti[postgresql]'") from error
    event.listen(engine, "connect", lambda driver, entry: _be_durable(driver))
    return engine


def _on_this_machine(address: URL) -> bool:
    """By a unix socket (for which libpq takes no notice of TLS anyway), or by a loopback address."""
    host = address.host or next(iter(address.normalized_query.get("host", ())), "")
    return host.startswith("/") or host in ("localhost", "127.0.0.1", "::1")


def _be_durable(driver: Any) -> None:
    """A server may be set up to tell of commits that a power cut takes back: not to us."""
    driver.execute(_DURABLE)
    driver.commit()
