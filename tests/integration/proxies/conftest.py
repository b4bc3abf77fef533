"""The three fronts, each started once for this folder and ended with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.proxies.fronts import Front, behind_proxy, embedded
from webvartti.demo.country import Country


@pytest.fixture(scope="package")
def haproxy(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with behind_proxy("haproxy", furnished, tmp_path_factory.mktemp("haproxy")) as front:
        yield front


@pytest.fixture(scope="package")
def nginx(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with behind_proxy("nginx", furnished, tmp_path_factory.mktemp("nginx")) as front:
        yield front


@pytest.fixture(scope="package")
def embedded_server(furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with embedded(furnished, tmp_path_factory.mktemp("embedded")) as front:
        yield front


@pytest.fixture(params=["embedded_server", "haproxy", "nginx"])
def front(request: pytest.FixtureRequest) -> Front:
    """Each of the three in turn."""
    found: Front = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["haproxy", "nginx"])
def proxy(request: pytest.FixtureRequest) -> Front:
    """Each of the two proxies in turn."""
    found: Front = request.getfixturevalue(request.param)
    return found
