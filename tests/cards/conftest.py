"""The material of one demo card with RSA keys and of one with P-384 keys."""

from __future__ import annotations

import pytest

from tests.cards.loopback import CardMaterial, material_of
from webvartti.demo.country import Country


@pytest.fixture(scope="session")
def rsa(country: Country) -> CardMaterial:
    return material_of(country, "aino")


@pytest.fixture(scope="session")
def p384(country: Country) -> CardMaterial:
    return material_of(country, "eero")
