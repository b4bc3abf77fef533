"""A CA's web server and an installation that fetches from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Installation
from tests.databases import on_both
from tests.integration.service.crl_office import CA, ROOT, Office, make_office
from tests.unit.pki.authority import KeyRing, new_root
from tests.unit.pki.crl_publisher import Publisher, publishing
from webvartti.main import main


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything here runs on both databases."""
    on_both(metafunc)


@pytest.fixture(scope="module")
def crl_keys() -> KeyRing:
    return KeyRing()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture
def office(installation: Installation, publisher: Publisher, crl_keys: KeyRing) -> Office:
    root = new_root("Root", crl_keys.key("p384", "root"))
    ca = root.issue_ca("Professionals", crl_keys.key("p384", "ca"))
    return make_office(installation, publisher, root, ca, {"root0.pem": publisher.url(ROOT), "issuer0.der": publisher.url(CA)})


Run = Callable[..., Result]


@pytest.fixture
def run(installation: Installation) -> Run:
    """Run a command with the installation's settings."""

    def invoke(*arguments: str | Path, **environ: str) -> Result:
        return CliRunner().invoke(main, [str(part) for part in arguments], env={**installation.environ, **environ})

    return invoke


@pytest.fixture
def order(installation: Installation) -> str:
    """The number of an order that waits for a person."""
    from tests.web.visitor import Page, build_site

    services = installation.build(AUTOMATIC_DECISIONS="no")
    visitor = build_site(installation.settings, services, installation.country).signed_in("aino")
    return Page(visitor.follow(visitor.order()).text).values("data-order")[0]
