"""What ships holds against the doctor: both proxies and the embedded server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.doctor.conftest import Broken, Configured, findings
from tests.integration.proxies.fronts import embedded
from webvartti.demo.country import Country
from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict


def failed(found: dict[str, ProbeFinding]) -> dict[str, str]:
    return {name: finding.detail for name, finding in found.items() if finding.verdict is Verdict.FAIL}


@pytest.mark.slow
@pytest.mark.parametrize("proxy", ["haproxy", "nginx"])
def test_a06_the_shipped_proxy_passes(attacked: Configured, proxy: str) -> None:
    found = attacked(Broken("good", proxy, (), frozenset()))
    assert failed(found) == {}
    assert len(found) == 33


@pytest.mark.slow
@pytest.mark.parametrize("forging", [True, False])
def test_a06_the_embedded_server_passes(furnished: Country, tmp_path: Path, forging: bool) -> None:
    with embedded(furnished, tmp_path) as front:
        found = findings(front, forging=forging)
    assert failed(found) == {}
    assert len(found) == 33
    assert ("would be stronger" in found["card-host-forged-certificate"].detail) != forging
