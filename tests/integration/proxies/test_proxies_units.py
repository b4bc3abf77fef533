"""The systemd units: valid, hardened, and their command lines start."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.proxies.fronts import Front
from tests.integration.proxies.units import BINARIES, DEPLOY, command_line, read_unit, running_service
from webvartti.config_fields import FIELDS

SERVICES = ("webvartti-public", "webvartti-card", "webvartti-worker")
MOST_EXPOSED = {"webvartti-public": 0.6, "webvartti-card": 0.6, "webvartti-worker": 1.3}
"""As `systemd-analyze security` of systemd 252 counts, from 0 to 10; measured 0.5, 0.5 and 1.2."""


def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    for path in [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.socket")]:
        text = path.read_text(encoding="utf-8").replace(BINARIES, str(Path(sys.executable).parent))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = sorted(tmp_path.iterdir())
    assert len(units) == 5
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if "webvartti" in line]
    assert (done.returncode, own) == (0, [])


@pytest.mark.parametrize("name", SERVICES)
def test_they_are_exposed_no_more_than_they_were(name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(DEPLOY / f"{name}.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found
    assert float(found[1]) <= MOST_EXPOSED[name]


def test_a04_no_unit_hides_from_the_application_who_connects() -> None:
    """In a user namespace SO_PEERCRED names every foreign account "nobody"."""
    for name in SERVICES[:2]:
        assert read_unit(f"{name}.service")["Service"]["PrivateUsers"] == "no"


def test_each_service_serves_its_own_listener_on_its_own_socket() -> None:
    for listener in ("public", "card"):
        assert f"WEBVARTTI_LISTENER={listener}" in command_line(f"webvartti-{listener}.service")
        socket = read_unit(f"webvartti-{listener}.socket")["Socket"]
        assert socket["ListenStream"] == f"/run/webvartti/{listener}.sock"
        assert (socket["SocketMode"], socket["SocketGroup"]) == ("0660", "webvartti-proxy")


def test_the_worker_starts_and_ends_in_order(haproxy: Front, tmp_path: Path) -> None:
    output = tmp_path / "output"
    with running_service("webvartti-worker", haproxy.environ, output=output) as process:
        time.sleep(3)
        assert process.poll() is None, output.read_text()
    assert "Traceback" not in output.read_text()


def test_a07_a_refused_setting_is_named_where_the_operator_looks(haproxy: Front, tmp_path: Path) -> None:
    output = tmp_path / "output"
    environ = {**haproxy.environ, "WEBVARTTI_CARD_TLS12_ONLY": "perhaps"}
    with running_service("webvartti-card", environ, tmp_path, output) as process:
        assert process.wait(30) != 0
    assert "WEBVARTTI_CARD_TLS12_ONLY: must be yes or no" in output.read_text()


def test_a14_a_list_can_not_take_the_machine_s_memory_and_the_largest_one_has_room() -> None:
    """Measured: 3.2 times the size of a PEM list before its signature is known; DER once."""
    (largest,) = (int(field.default or 0) for field in FIELDS if field.name == "REVOCATION_MAX_MEGABYTES")
    most = read_unit("webvartti-worker.service")["Service"]["MemoryMax"]
    assert most == "1G"
    assert 4 * largest + 200 <= 1024
