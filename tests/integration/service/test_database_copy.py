"""`webvartti database copy`: the service goes on with the other database as if nothing had happened."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from tests.conftest import Installation
from tests.databases import POSTGRESQL, Server, execute
from tests.integration.service.conftest import Run
from tests.web.visitor import Page, build_site
from webvartti.main import main
from webvartti.storage import migrate, revisions


@pytest.fixture
def other_url(backend: str, tmp_path: Path, postgresql_server: Server) -> Iterator[str]:
    """An empty database of the other kind than the installation's."""
    if backend == POSTGRESQL:
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    made = postgresql_server.create()
    yield made
    postgresql_server.drop(made)


def test_the_service_moves(run: Run, order: str, installation: Installation, other_url: str) -> None:
    """Orders and seals are there, and both go on."""
    run("worker", "--once")
    moved = run("database", "copy", "configured", other_url)
    assert moved.exit_code == 0, moved.output
    assert "The audit has no entry" not in moved.output
    for told in ("must be stopped", "orders", "entries hold", "set WEBVARTTI_DATABASE_URL to the copy"):
        assert told in moved.output.replace("\n", " ")
    there = {"WEBVARTTI_DATABASE_URL": other_url}
    assert all("database.copied" in run("audit", "show", **where).output for where in ({}, there))
    assert run("database", "check", **there).exit_code == 0
    assert order in run("orders", "list", COLUMNS="200", **there).output
    site = build_site(installation.settings, installation.build(DATABASE_URL=other_url), installation.country)
    holder = site.signed_in("robin")
    number = Page(holder.follow(holder.order()).text).values("data-order")[0]
    assert number in run("orders", "list", COLUMNS="200", **there).output
    assert run("worker", "--once", **there).exit_code == 0
    checkpoints = installation.settings.audit_checkpoint_file
    assert "0 not sealed" in run("audit", "verify", "--checkpoints", checkpoints, **there).output
    again = run("database", "copy", "configured", other_url)
    assert (again.exit_code, "target-not-empty" in again.output) == (1, True)


@pytest.mark.only_sqlite("is about words on the command line")
def test_addresses_are_taken_from_where_nobody_else_reads_them(run: Run, installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "address"
    file.write_text(f"sqlite:///{tmp_path}/one.db\n")
    file.chmod(0o644)
    assert run("database", "copy", "configured", f"@{file}").exit_code == 0
    words = ["database", "copy", f"@{file}", "-"]
    told = CliRunner().invoke(main, words, env=installation.environ, input=f"sqlite:///{tmp_path}/two.db\n")
    assert told.exit_code == 0, told.output
    assert migrate.current(f"sqlite:///{tmp_path}/two.db") == revisions.head()


@pytest.mark.only_sqlite("is about words on the command line")
def test_a_password_on_the_command_line_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "address"
    server = "127.0.0.1:1"  # where nobody listens
    for address in (f"postgresql+psycopg://me:secret@{server}/x", f"postgresql+psycopg://{server}/x?password=secret"):
        told = run("database", "copy", "configured", address)
        assert (told.exit_code, "PGPASSWORD" in told.output, "secret" in told.output) == (2, True, False)
        file.write_text(address)
        file.chmod(0o640)
        told = run("database", "copy", "configured", f"@{file}")
        assert (told.exit_code, "chmod 600" in told.output, "secret" in told.output) == (2, True, False)
        file.chmod(0o600)
        told = run("database", "copy", "configured", f"@{file}")
        assert (told.exit_code, "storage-unavailable" in told.output, "secret" in told.output) == (1, True, False)
    assert run("database", "copy", "configured", f"@{tmp_path}/nowhere").exit_code == 2
    assert "database-url-refused" in run("database", "copy", "configured", "nonsense").output


@pytest.mark.only_postgresql("the password is PostgreSQL's")
def test_user_and_password_come_from_where_postgresql_looks(run: Run, installation: Installation, tmp_path: Path) -> None:
    """The service file of libpq, for the source; the environment, for the target."""
    address = make_url(installation.url)
    host = address.query.get("host") or address.host
    services = tmp_path / "services.conf"
    services.write_text(f"[moving]\nhost={host}\nuser={address.username}\ndbname={address.database}\n")
    told = run(
        "database", "copy", "postgresql+psycopg:///?service=moving", f"postgresql+psycopg:///{address.database}",
        PGSERVICEFILE=str(services), PGHOST=str(host), PGUSER=address.username or "",
    )  # fmt: skip
    assert (told.exit_code, "target-not-empty" in told.output) == (1, True), told.output


def test_a_broken_audit_is_told_after_the_copy(run: Run, order: str, installation: Installation, other_url: str) -> None:
    run("worker", "--once")
    execute(installation.url, "UPDATE audit SET action = 'order.kept' WHERE action = 'order.placed'")
    told = run("database", "copy", "configured", other_url)
    assert (told.exit_code, "The copy is complete" in told.output, "audit-broken" in told.output) == (1, True, True)
    assert "Traceback" not in told.output


@pytest.mark.only_sqlite("damages the file")
def test_what_stops_a_copy_is_one_line_without_what_the_row_holds(
    run: Run, order: str, installation: Installation, postgresql_server: Server
) -> None:
    with sqlite3.connect(installation.directory / "webvartti.db") as database:
        database.execute("UPDATE orders SET recipient = recipient || char(0) || 'Secret'")
    target = postgresql_server.create()
    told = run("database", "copy", "configured", target)
    assert (told.exit_code, "row-refused: orders, id=1 (value-not-storable" in told.output) == (1, True)
    assert "Secret" not in told.output
    assert "Traceback" not in told.output
    assert migrate.current(target) is None
    postgresql_server.drop(target)


@pytest.mark.only_sqlite("writes the file")
def test_a_backup_is_a_file_of_its_own(run: Run, order: str, installation: Installation, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    told = run("database", "backup", backup)
    assert (told.exit_code, "integrity checked" in told.output) == (0, True), told.output
    assert os.stat(backup).st_mode & 0o777 == 0o600
    assert "database.backed-up" in run("audit", "show", WEBVARTTI_DATABASE_URL=f"sqlite:///{backup}").output
    assert order in run("orders", "list", COLUMNS="200", WEBVARTTI_DATABASE_URL=f"sqlite:///{backup}").output
    told = run("database", "backup", backup)
    assert (told.exit_code, "backup-exists" in told.output) == (1, True)
    assert run("database", "backup", backup, "--force").exit_code == 0


@pytest.mark.only_postgresql("SQLite has a backup of its own")
def test_postgresql_is_backed_up_elsewhere(run: Run, tmp_path: Path) -> None:
    told = run("database", "backup", tmp_path / "backup.db").output
    assert ("backup-not-here" in told, "pg_basebackup" in told, "docs/databases.md" in told) == (True, True, True)
    assert list(tmp_path.glob("backup*")) == []
