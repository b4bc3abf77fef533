"""The production set-up on this machine: the shipped files of the proxy and of the units, both databases, a worker."""

from __future__ import annotations

import asyncio
import os
import runpy
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import silent
from tests.databases import POSTGRESQL, database_server
from tests.integration.proxies.fronts import behind_proxy, wait_until
from tests.integration.proxies.units import DEPLOY, running_service
from tests.load.crowd import make_crowd
from tests.load.person import Site
from tests.load.wire import Card, Place, Wire, request
from webvartti.bootstrap import build_services
from webvartti.config import load_settings
from webvartti.config_fields import FIELDS
from webvartti.demo.country import Country, create_country
from webvartti.demo.environment import environment
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST
from webvartti.domain.registers import RegisterKind
from webvartti.storage.migrate import upgrade

DURABLE: Mapping[str, str] = {}
"""PostgreSQL's own defaults: every commit is on the disk before it is answered."""


@dataclass(frozen=True)
class Prepared:
    """An installation that nobody serves yet: a folder of its own, a database at ``url``, a card for each of the crowd."""

    folder: Path
    country: Country
    cards: list[Card]
    changes: Mapping[str, str]
    """The settings that differ from the demo's."""

    @property
    def url(self) -> str:
        return self.changes["WEBVARTTI_DATABASE_URL"]


@dataclass(frozen=True)
class Production:
    """It serves. ``environ`` are the settings, ``cards`` those of the crowd."""

    site: Site
    cards: list[Card]
    environ: Mapping[str, str]


@contextmanager
def production(front: str, database: str, people: int, progress: Callable[[int, int], None]) -> Iterator[Production]:
    """Everything is made in a new folder, and ended and thrown away at the end. ``progress`` counts the people's cards."""
    with prepared(database, people, progress) as ready, serving(ready, front) as started, _worker(started):
        yield started


@contextmanager
def prepared(database: str, people: int, progress: Callable[[int, int], None] = silent) -> Iterator[Prepared]:
    """The demo country's registers and the crowd's, in a database that survives a power cut."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="webvartti-load-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        now = datetime.now(UTC)
        country = create_country(folder / "country", now=now, progress=silent)
        cards = make_crowd(folder / "crowd", people, now, progress)
        changes = {
            "WEBVARTTI_TRUST_FILE": str(folder / "crowd" / "trust.toml"),
            "WEBVARTTI_ADDRESS_LIMIT": next(field.default or "" for field in FIELDS if field.name == "ADDRESS_LIMIT"),
            "WEBVARTTI_DATABASE_URL": environment(country)["WEBVARTTI_DATABASE_URL"],
        }
        furnish(folder / "crowd", environment(country) | changes)
        if database == POSTGRESQL:
            aside = {f"WEBVARTTI_{name}_DIRECTORY": str(folder / f"aside-{name}") for name in ("REGISTER", "REVOCATION")}
            changes["WEBVARTTI_DATABASE_URL"] = stack.enter_context(_durable_postgresql())
            furnish(folder / "crowd", environment(country) | changes | aside)
        yield Prepared(folder, country, cards, changes)


@contextmanager
def serving(ready: Prepared, front: str, *, application: str = "", workers: int = 0, url: str = "") -> Iterator[Production]:
    """Behind HAProxy or nginx, on a port of its own. ``application`` is served in place of ours; ``workers`` a listener, 0: as
    many as gunicorn.conf.py says; ``url`` is another database's.
    """
    shipped = int(runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["workers"])
    changes = {"WEB_CONCURRENCY": str(workers or shipped), "PYTHONPATH": str(DEPLOY.parent)}
    database = {"WEBVARTTI_DATABASE_URL": url} if url else {}
    directory = Path(tempfile.mkdtemp(prefix="front-", dir=ready.folder))
    with behind_proxy(front, ready.country, directory, {**ready.changes, **database, **changes}, application) as served:
        site = Site(Place(PUBLIC_HOST, served.public_port), Place(CARD_HOST, served.card_port))
        wait_until(lambda: asyncio.run(_serves(site)), served.logs)
        yield Production(site, ready.cards, served.environ)


@contextmanager
def _worker(started: Production) -> Iterator[None]:
    with running_service("webvartti-worker", {"PATH": os.environ["PATH"], **started.environ}):
        yield


async def _serves(site: Site) -> bool:
    """Whether the application behind the proxy answers on both hosts."""
    statuses = []
    for place, path in ((site.public, "/fi/"), (site.card, "/sign-in")):
        wire = Wire(place, site.context(place), "127.0.0.1")
        statuses.append((await wire.ask(request("GET", path, place, {}, None))).status)
        wire.close()
    return statuses == [200, 200]


@contextmanager
def _durable_postgresql() -> Iterator[str]:
    """The URL of a new database on a cluster of its own, or on the server of WEBVARTTI_TEST_DATABASE_URL."""
    directory = Path(tempfile.mkdtemp(prefix="webvartti-pg-"))
    with database_server(directory, DURABLE) as server:
        url = server.create()
        yield url
        server.drop(url)


def furnish(made: Path, environ: Mapping[str, str]) -> None:
    """The schema, the extracts and the CRLs, as an operator loads them."""
    upgrade(environ["WEBVARTTI_DATABASE_URL"])
    services = build_services(load_settings(environ))
    now = services.clock()
    for kind in RegisterKind:
        extract = made / "registers" / f"{kind}.csv"
        services.registers.load_extract(kind, extract, skip_bad=False, operator="load", now=now, progress=silent)
    for crl in sorted((made / "crl").glob("*.crl")):
        services.revocation.load_crl(crl, operator="load", now=now, progress=silent)
    services.close()
