"""The site for page tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Installation
from tests.web.visitor import Site, build_site
from webvartti.services import Services


@pytest.fixture
def site(installation: Installation, services: Services) -> Site:
    """Both applications with the plain demo settings."""
    return build_site(installation.settings, services, installation.country)


@pytest.fixture
def site_with(installation: Installation) -> Callable[..., Site]:
    """Both applications under changed settings."""

    def build(**changes: str) -> Site:
        return build_site(installation.settings, installation.build(**changes), installation.country)

    return build
