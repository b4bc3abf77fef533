"""Keys made once, and offices of the two kinds of hierarchy that exist: RSA and P-384."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pki.authority import KeyRing, PrivateKey, new_root
from tests.unit.pki.office import Office, open_office


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing()


@pytest.fixture
def card_key(keys: KeyRing) -> PrivateKey:
    return keys.key("p384", "card")


@pytest.fixture
def office(tmp_path: Path, keys: KeyRing) -> Office:
    """P-384: the fast one."""
    return _office(tmp_path, keys, "p384")


@pytest.fixture
def rsa_office(tmp_path: Path, keys: KeyRing) -> Office:
    return _office(tmp_path, keys, "rsa")


def _office(folder: Path, keys: KeyRing, kind: str) -> Office:
    root = new_root("Root", keys.key(kind, "root"))
    return open_office(folder, root, root.issue_ca("Professionals", keys.key(kind, "issuing")))
