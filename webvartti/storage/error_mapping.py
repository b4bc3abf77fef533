"""From the errors of SQLAlchemy and the drivers to named ones.

The driver's error is chained only where it tells of the database itself. For a refused row PostgreSQL's text repeats the row,
which may be somebody's address, so only the name of the violated rule is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, TimeoutError

from webvartti.domain.errors import StorageUnavailable
from webvartti.storage.errors import ConstraintViolated, DatabaseBusy, StorageError, TransactionConflict, ValueNotStorable

_BY_CODE: dict[str | None, type[StorageUnavailable]] = {
    "40001": TransactionConflict,  # serialization_failure; the codes are PostgreSQL's (its documentation, appendix A)
    "40P01": TransactionConflict,  # deadlock_detected
    "55P03": DatabaseBusy,  # lock_not_available
    "SQLITE_BUSY": DatabaseBusy,
}

_NO_CONNECTION = {
    "certificate verify failed": "the server's certificate isn't of the CA in sslrootcert",
    "does not match host name": "the server's certificate is of another host name",
    "root certificate file": "the server must prove who it is, and sslrootcert names no file with its CA",
    "does not support SSL": "the server speaks no TLS",
    "no pg_hba.conf entry": "the server's pg_hba.conf lets this account in from here not at all, or over TLS only",
    "password authentication failed": "the server doesn't take the account and its password (PGUSER, PGPASSWORD)",
    "no password supplied": "the server asks for a password (PGPASSWORD)",
    "Connection refused": "nothing listens at the server's address and port",
    "resolve host": "the server's host name leads to no address from here",
}
"""What libpq says (its text holds names of hosts and accounts, and is never repeated), and what an operator is told."""


@contextmanager
def named_errors() -> Iterator[None]:
    """Raises for what the database says: ConstraintViolated, ValueNotStorable, StorageUnavailable (or its kinds
    TransactionConflict and DatabaseBusy).
    """
    refused: StorageError | None = None
    try:
        yield
    except IntegrityError as error:
        refused = constraint_violated(error)
    except (DataError, UnicodeEncodeError, OverflowError) as error:
        refused = ValueNotStorable(type(error).__name__)
    except (DBAPIError, TimeoutError) as error:
        raise _BY_CODE.get(_code(error), StorageUnavailable)(_kind(error)) from error
    if refused is not None:
        raise refused from None


def _kind(error: SQLAlchemyError) -> str:
    """The driver's own name for what went wrong, or what it means; never its text."""
    driver = error.orig if isinstance(error, DBAPIError) else None
    for said, meant in _NO_CONNECTION.items():
        if said in str(driver) and not _code(error):  # without a code there was no connection to a server yet
            return meant
    return f"{type(driver or error).__name__} {_code(error) or ''}".strip()


def _code(error: SQLAlchemyError) -> str | None:
    driver = error.orig if isinstance(error, DBAPIError) else None
    return getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None)


def commit_may_have_happened(error: DBAPIError) -> bool:
    """A server may have finished before the connection broke. SQLite has written the whole transaction when the disk refuses to
    make it durable: should the machine or every process end now, it may be found and taken for committed, or not be found.
    """
    return error.connection_invalidated or getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_IOERR")


def constraint_violated(error: IntegrityError) -> ConstraintViolated:
    """Which rule of the schema refused: psycopg has an attribute for its name."""
    driver = error.orig
    if isinstance(driver, sqlite3.Error):
        return ConstraintViolated(_sqlite_names(driver))
    name = getattr(getattr(driver, "diag", None), "constraint_name", None)
    return ConstraintViolated(frozenset({name} if name else ()))


def _sqlite_names(error: sqlite3.Error) -> frozenset[str]:
    """SQLite's error code tells the kind of rule only; its text ends with the columns of a key, or with a check's name.

    The text of any other kind (a trigger's, say) isn't a name and may be anything.
    """
    with_names = {
        "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
        "SQLITE_CONSTRAINT_CHECK",
        "SQLITE_CONSTRAINT_NOTNULL",
    }
    kind = error.sqlite_errorname
    if kind not in with_names:
        return frozenset({kind})
    return frozenset(str(error).partition(": ")[2].split(", "))
