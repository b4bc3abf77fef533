"""How much is killed, and what chooses it."""

from __future__ import annotations

import os
import secrets

import pytest

KILLS = int(os.environ.get("WEBVARTTI_TEST_KILLS") or 15)
"""Of each variant; a full run (`make durability`) has 200."""


@pytest.fixture(scope="session")
def seed() -> str:
    """Of everything that is left to chance; printed, and set with WEBVARTTI_TEST_SEED to do the same again."""
    chosen = os.environ.get("WEBVARTTI_TEST_SEED") or secrets.token_hex(4)
    print(f"WEBVARTTI_TEST_SEED={chosen}")
    return chosen
