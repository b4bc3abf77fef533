"""Which schemas this program knows, told by the names of its migrations: a listener needs no more than that of Alembic, which
takes a third of a second to import and ten megabytes to hold.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from webvartti.storage.errors import MigrationsMissing

_TABLE = table("alembic_version", column("version_num"))


def migrations_folder() -> Path:
    """Inside the package where it is installed, beside it in a checkout. Raises MigrationsMissing."""
    spec = find_spec("webvartti._migrations")
    inside = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    for folder in (*inside, Path(__file__).parents[2] / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationsMissing


def history() -> tuple[str, ...]:
    """Every revision that this program knows, newest first: the numbers of the files. Raises MigrationsMissing."""
    files = (migrations_folder() / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")
    found = tuple(sorted((file.name[:4] for file in files), reverse=True))
    if not found:
        raise MigrationsMissing
    return found


def head() -> str:
    """The revision that this program needs."""
    return history()[0]


def revision_of(connection: Connection) -> str | None:
    """None where no migration ever ran."""
    if not inspect(connection).has_table(_TABLE.name):
        return None
    revision: str | None = connection.execute(select(_TABLE.c.version_num)).scalar_one_or_none()
    return revision
