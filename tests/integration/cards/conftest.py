"""One private pcscd for the whole run, a desk with it for a module, and the service for a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Installation
from tests.integration.cards.virtual_reader import CardService, Desk, private_pcscd
from tests.integration.service.test_listeners import free_origins
from webvartti.wiring import build_tools


@pytest.fixture(scope="session")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardService]:
    with private_pcscd(tmp_path_factory.mktemp("pcscd")) as service:
        yield service


@pytest.fixture(scope="module")
def desk(pcscd: CardService) -> Iterator[Desk]:
    found = Desk(pcscd)
    yield found
    found.close()


@pytest.fixture
def origin(installation: Installation) -> Iterator[str]:
    """The service as `webvartti serve` runs it, on free ports."""
    public, card = free_origins()
    with build_tools({**installation.environ, **public.environ, **card.environ}).serve(True):
        yield public.origin
