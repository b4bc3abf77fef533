"""One private pcscd for the whole run, and a desk with it for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.cards.virtual_reader import CardService, Desk, private_pcscd


@pytest.fixture(scope="session")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardService]:
    with private_pcscd(tmp_path_factory.mktemp("pcscd")) as service:
        yield service


@pytest.fixture(scope="module")
def desk(pcscd: CardService) -> Iterator[Desk]:
    found = Desk(pcscd)
    yield found
    found.close()
