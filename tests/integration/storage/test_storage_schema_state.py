"""Which programs may run on which database: the one that migrated it, and older ones as far down as it says."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.databases import away, execute
from webvartti.domain.errors import StorageUnavailable
from webvartti.storage import revisions
from webvartti.storage.schema_state import SchemaState

NEWER = "UPDATE alembic_version SET version_num = '0099'"


def test_a_database_of_this_version_is_served(engine: Engine) -> None:
    state = SchemaState(engine)
    assert (state(), state.is_newer()) == (True, False)


def test_a_node_goes_on_while_a_newer_one_has_migrated_the_database(url: str, engine: Engine) -> None:
    execute(url, NEWER)
    state = SchemaState(engine)
    assert (state(), state.is_newer()) == (True, True)


def test_a_node_stops_where_the_newer_schema_is_not_for_it(url: str, engine: Engine) -> None:
    execute(url, NEWER, "UPDATE schema_floor SET revision = '0098'")
    state = SchemaState(engine)
    assert (state(), state.is_newer()) == (False, True)


@pytest.mark.parametrize("lost", ["DROP TABLE schema_floor", "DELETE FROM schema_floor"])
def test_a_newer_database_that_says_nothing_is_not_served(url: str, engine: Engine, lost: str) -> None:
    execute(url, NEWER, lost)
    assert not SchemaState(engine)()


@pytest.mark.parametrize("revision", revisions.history()[1:])
def test_an_older_database_is_never_served(url: str, engine: Engine, revision: str) -> None:
    """Whatever it says of itself."""
    execute(url, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 - a migration's name
    state = SchemaState(engine)
    assert (state(), state.is_newer()) == (False, False)


def test_a_database_that_is_away_is_not_taken_for_an_old_one(url: str, engine: Engine) -> None:
    state = SchemaState(engine)
    with away(url), pytest.raises(StorageUnavailable):
        state()
    assert state()
