"""A demo country for the whole test run, and a fresh database for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import POSTGRESQL, SQLITE, Server, database_server
from tests.quick_process import collect_garbage_seldom, compile_templates_once
from webvartti.bootstrap import build_services
from webvartti.config import Settings, load_settings
from webvartti.demo.country import Country, create_country
from webvartti.demo.environment import environment
from webvartti.domain.registers import RegisterKind
from webvartti.services import Services
from webvartti.storage.migrate import upgrade


def pytest_configure(config: pytest.Config) -> None:
    """In every process of the run."""
    compile_templates_once()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported now."""
    collect_garbage_seldom()


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """Made once: keys take time."""
    return create_country(tmp_path_factory.mktemp("country") / "demo", now=datetime.now(UTC), progress=silent)


@pytest.fixture(scope="session")
def furnished(country: Country) -> Country:
    """The country with its registers and CRLs loaded and an empty, migrated database."""
    environ = environment(country)
    furnish(country, environ)
    return country


def furnish(country: Country, environ: dict[str, str]) -> None:
    upgrade(environ["WEBVARTTI_DATABASE_URL"])
    services = build_services(load_settings(environ))
    now = services.clock()
    for kind in RegisterKind:
        extract = country.directory / "registers" / f"{kind}.csv"
        services.registers.load_extract(kind, extract, skip_bad=False, operator="test", now=now, progress=silent)
    for crl in sorted((country.directory / "crl").glob("*.crl")):
        services.revocation.load_crl(crl, operator="test", now=now, progress=silent)
    services.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """PostgreSQL, started when the first test asks for it. Not below pytest's folder, which lets only its owner in."""
    directory = Path(tempfile.mkdtemp(prefix="webvartti-pg-"))
    with database_server(directory) as server:
        yield server


@pytest.fixture(scope="session")
def furnished_url(postgresql_server: Server, country: Country, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PostgreSQL database to copy: as that of ``furnished``."""
    url, aside = postgresql_server.create(), tmp_path_factory.mktemp("aside")
    folders = {f"WEBVARTTI_{name}_DIRECTORY": str(aside / name.lower()) for name in ("REGISTER", "REVOCATION")}
    furnish(country, environment(country) | {"WEBVARTTI_DATABASE_URL": url} | folders)
    return url


@pytest.fixture(scope="session")
def backend() -> str:
    """Which database an installation has; folders of tests that run on both say so in their conftest."""
    return SQLITE


@dataclass(frozen=True)
class Installation:
    """One installation of its own: settings (change them with ``build``), database, files."""

    country: Country
    directory: Path
    environ: dict[str, str]

    @property
    def url(self) -> str:
        """Of the main database."""
        return self.environ["WEBVARTTI_DATABASE_URL"]

    @property
    def settings(self) -> Settings:
        """As they stand."""
        return load_settings(self.environ)

    def build(self, **changes: str) -> Services:
        """Services under these settings, changed by name (RENEWAL_WINDOW_DAYS="60")."""
        changed = {**self.environ, **{f"WEBVARTTI_{name}": value for name, value in changes.items()}}
        return build_services(load_settings(changed))


@pytest.fixture
def database_url(backend: str, furnished: Country, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A furnished database of the test's own."""
    if backend != POSTGRESQL:
        shutil.copy(furnished.directory / "webvartti.db", tmp_path / "webvartti.db")
        yield f"sqlite:///{tmp_path / 'webvartti.db'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    url = server.create(request.getfixturevalue("furnished_url"))
    yield url
    server.drop(url)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database in which no migration has run."""
    if backend != POSTGRESQL:
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    made = server.create()
    yield made
    server.drop(made)


@pytest.fixture
def installation(furnished: Country, tmp_path: Path, database_url: str) -> Installation:
    """The furnished country with a database and files of the test's own."""
    return install(furnished, tmp_path, database_url)


def install(furnished: Country, directory: Path, database_url: str) -> Installation:
    """An installation of its own in ``directory``."""
    for name in ("register", "revocation"):
        shutil.copytree(furnished.directory / name, directory / name)
    environ = environment(furnished) | {
        "WEBVARTTI_DATABASE_URL": database_url,
        "WEBVARTTI_REGISTER_DIRECTORY": str(directory / "register"),
        "WEBVARTTI_REVOCATION_DIRECTORY": str(directory / "revocation"),
        "WEBVARTTI_AUDIT_CHECKPOINT_FILE": str(directory / "audit-checkpoints.jsonl"),
        "WEBVARTTI_MAIL_DIRECTORY": str(directory / "mail"),
        "WEBVARTTI_HELP_DESK_EMAIL": "help@example.fi",  # of its own, for those tests that run it as production
        "WEBVARTTI_HELP_DESK_TELEPHONE": "09 123 456",
    }
    return Installation(furnished, directory, environ)


@pytest.fixture
def services(installation: Installation) -> Services:
    """The installation's services."""
    return installation.build()


@pytest.fixture(autouse=True)
def no_foreign_settings() -> Iterator[None]:
    """A developer's own WEBVARTTI_ settings don't reach the tests."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("WEBVARTTI_") and "_TEST_" not in name}
    yield
    os.environ.update(kept)
