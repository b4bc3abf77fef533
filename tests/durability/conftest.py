"""How much is killed, and what chooses it."""

from __future__ import annotations

import os
import secrets

import pytest

_ASKED = os.environ.get("WEBVARTTI_TEST_KILLS")
KILLS = int(_ASKED or 3)
"""Of each variant; a full run (`make durability`) has 200."""

LONG = ("clock", "disk_full", "fsync", "gone")
collect_ignore = [] if _ASKED else [f"test_durability_{name}.py" for name in LONG]
"""They take minutes each: `make durability` runs them, `make test` the kills and the checker."""


@pytest.fixture(scope="session")
def seed() -> str:
    """Of everything that is left to chance; printed, and set with WEBVARTTI_TEST_SEED to do the same again."""
    chosen = os.environ.get("WEBVARTTI_TEST_SEED") or secrets.token_hex(4)
    print(f"WEBVARTTI_TEST_SEED={chosen}")
    return chosen
