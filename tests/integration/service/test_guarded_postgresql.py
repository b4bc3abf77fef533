"""The accounts, rights and TLS of docs/databases.md: what the service can't do, and whom it doesn't believe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.conftest import Installation, install
from tests.integration.server.tls_material import issue
from tests.integration.service.guarded import OWNER, PASSWORDS, SERVICE, Guarded, guarded_cluster
from tests.integration.service.retaining import EVERY_TERM
from tests.integration.service.reviewing import open_office
from tests.web.visitor import Page, build_site
from webvartti.demo.country import Country
from webvartti.domain.errors import StorageUnavailable
from webvartti.storage import migrate, revisions

pytestmark = pytest.mark.only_postgresql("accounts and TLS are a server's")

GUARDED = {"audit": "action", "audit_seals": "seal", "audit_marks": "seal", "alembic_version": "version_num",
           "schema_floor": "revision"}  # fmt: skip
"""Tables, and a column of each."""


@pytest.fixture(scope="module")
def guarded(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The move, as documented: the owner copies the SQLite file, then rights are taken away."""
    folder = tmp_path_factory.mktemp("guarded")
    environ = install(furnished, folder, f"sqlite:///{furnished.directory}/webvartti.db").environ
    with guarded_cluster(folder, environ) as found:
        moved = found.run(OWNER, "database", "copy", "configured", found.documented,
                          DATABASE_URL=environ["WEBVARTTI_DATABASE_URL"])  # fmt: skip
        assert moved.exit_code == 0, moved.output
        found.grant(1)
        yield found


@pytest.fixture
def installation(guarded: Guarded, furnished: Country, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """As the service's account."""
    for name, value in guarded.account(SERVICE).items():
        monkeypatch.setenv(name, value)
    return Installation(furnished, guarded.folder, {**guarded.environ, "WEBVARTTI_DATABASE_URL": guarded.documented})


@contextmanager
def connected(guarded: Guarded, address: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """As the service's account, past the program."""
    url = make_url(address).set(drivername="postgresql", username=SERVICE, password=PASSWORDS[SERVICE])
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        yield connection
        connection.rollback()


def refusal(guarded: Guarded, statement: str) -> str:
    """PostgreSQL's code for it; empty where it is done (and undone)."""
    with connected(guarded, guarded.documented) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return error.sqlstate or "?"
    return ""


def is_encrypted(guarded: Guarded, address: str) -> bool:
    with connected(guarded, address) as connection:
        row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    return bool(row and row[0])


def forbidden() -> list[str]:
    found = [f"UPDATE {table} SET {column} = 'x'" for table, column in GUARDED.items()]  # noqa: S608 - our own tables
    found += [f"{verb} {table}" for table in GUARDED for verb in ("DELETE FROM", "TRUNCATE")]
    found += ["INSERT INTO audit_marks VALUES (1, 'x', now(), 'x')", "INSERT INTO alembic_version VALUES ('x')",
              "INSERT INTO schema_floor VALUES (1, 'x')", "CREATE TABLE mine (id int)", "DROP TABLE orders",
              "ALTER TABLE audit DISABLE TRIGGER ALL", "CREATE TEMP TABLE mine (id int)"]  # fmt: skip
    return found


def test_the_service_does_its_work(guarded: Guarded, installation: Installation) -> None:
    """From the sign-in to the sealed audit, and the commands of every day."""
    services = installation.build()
    visitor = build_site(installation.settings, services, installation.country).signed_in("aino")
    number = Page(visitor.follow(visitor.order()).text).values("data-order")[0]
    services.worker.run(services.clock())
    services.close()
    for words in (("database", "check"), ("worker", "--once"), ("registry", "status"),
                  ("audit", "verify", "--checkpoints", installation.settings.audit_checkpoint_file)):  # fmt: skip
        told = guarded.run(SERVICE, *words)
        assert told.exit_code == 0, told.output
    assert guarded.run(SERVICE, "orders", "show", number).exit_code == 0


@pytest.mark.parametrize("statement", forbidden())
def test_the_service_may_not(guarded: Guarded, statement: str) -> None:
    assert refusal(guarded, statement) == "42501"


def test_after_an_upgrade_the_rights_have_to_be_taken_away_again(guarded: Guarded) -> None:
    """A table that a migration makes is one of which the service has all four."""
    marks = "DELETE FROM audit_marks"
    told = guarded.run(OWNER, "database", "downgrade", "0006", "--yes")
    assert told.exit_code == 0, told.output
    assert guarded.run(SERVICE, "database", "upgrade").exit_code == 1
    assert guarded.run(OWNER, "database", "upgrade").exit_code == 0
    assert refusal(guarded, marks) == ""
    guarded.grant(1)
    assert refusal(guarded, marks) == "42501"
    assert guarded.run(SERVICE, "database", "check").exit_code == 0


def test_retention_is_the_owner_s(guarded: Guarded, installation: Installation) -> None:
    office = open_office(installation)
    order = office.place("bjorn")
    office.services.orders.withdraw(order.number, order.person, order.version, office.now)
    office.services.worker.run(office.now)
    office.services.close()
    later = {"DEMO_NOW": (office.now + timedelta(days=400)).isoformat(), **EVERY_TERM, "RETENTION_ORDERS_MONTHS": ""}
    words = ("retention", "run", "--delete", "--yes")
    told = guarded.run(SERVICE, *words, **later)
    assert (told.exit_code, "storage-unavailable" in told.output, "42501" in told.output) == (1, True, True), told.output
    told = guarded.run(OWNER, *words, **later)
    assert (told.exit_code, "audit" in told.output.rpartition("Deleted: ")[2]) == (0, True), told.output
    verify = ("audit", "verify", "--checkpoints", installation.settings.audit_checkpoint_file)
    told = guarded.run(SERVICE, *verify)
    assert (told.exit_code, "removed by retention" in told.output) == (0, True), told.output


def test_the_documented_address_is_encrypted_and_so_is_one_that_says_nothing_of_it(guarded: Guarded) -> None:
    assert is_encrypted(guarded, guarded.documented)
    told = guarded.run(SERVICE, "database", "current", DATABASE_URL=guarded.address(sslrootcert=guarded.authority.file))
    assert (told.exit_code, told.output.strip()) == (0, revisions.head())


def test_a_server_that_doesn_t_prove_who_it_is_is_refused(guarded: Guarded, installation: Installation, tmp_path: Path) -> None:
    stranger, authority = issue(tmp_path, "Another CA", ca=True).file, guarded.authority.file
    refused = {
        guarded.address(sslmode="verify-full", sslrootcert=stranger): "certificate verify failed",
        guarded.address(sslrootcert=stranger): "certificate verify failed",
        guarded.address("other.example.fi", sslmode="verify-full", sslrootcert=authority): "does not match host name",
        guarded.address("other.example.fi", sslrootcert=authority): "does not match host name",
        guarded.address(): "root certificate file",
        guarded.address(sslmode="disable"): "no encryption",
    }
    for address, why in refused.items():
        with pytest.raises(StorageUnavailable) as unavailable:
            migrate.current(address)
        assert why in str(unavailable.value.__cause__), address
        assert why not in str(unavailable.value), "the driver's own words"
        told = guarded.run(SERVICE, "database", "current", DATABASE_URL=address)
        assert (told.exit_code, "storage-unavailable: the server" in told.output) == (1, True), told.output


def test_a_server_without_tls_is_refused_before_the_password_is_sent(guarded: Guarded, installation: Installation) -> None:
    lines = "psql -X -c 'ALTER SYSTEM {}' postgres; psql -X -c 'SELECT pg_reload_conf()' postgres; sleep 0.3"
    guarded.cluster.run(lines.format("SET ssl = off"))
    try:
        with pytest.raises(StorageUnavailable) as unavailable:
            migrate.current(guarded.address(sslrootcert=guarded.authority.file))
        assert "server does not support SSL, but SSL was required" in str(unavailable.value.__cause__)
    finally:
        guarded.cluster.run(lines.format("RESET ssl"))
    assert is_encrypted(guarded, guarded.documented)
