"""A CA's web server and an installation that fetches from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Installation
from tests.integration.service.crl_office import CA, ROOT, Office, make_office
from tests.unit.pki.authority import KeyRing, new_root
from tests.unit.pki.crl_publisher import Publisher, publishing


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
