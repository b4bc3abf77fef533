"""What is read off the names of the migrations is what Alembic makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from webvartti.storage import revisions
from webvartti.storage.errors import MigrationsMissing

pytestmark = pytest.mark.only_sqlite("asks no database")


def test_the_numbers_of_the_files_are_alembic_s_revisions_in_their_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(revisions.migrations_folder()))
    assert revisions.history() == tuple(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


def test_a_folder_without_migrations_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "migrations_folder", lambda: tmp_path)
    with pytest.raises(MigrationsMissing):
        revisions.history()
