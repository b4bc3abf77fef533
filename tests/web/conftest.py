"""The site for page tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

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


@pytest.fixture
def stale_site(installation: Installation, services: Services) -> Site:
    """Both applications one hour after the nextUpdate of every CRL, with the plain demo settings: the draft lane is open."""
    late = max(crl.next_update for crl in services.registers.revocation.lists()) + timedelta(hours=1)
    return build_site(installation.settings, replace(services, clock=lambda: late), installation.country)
