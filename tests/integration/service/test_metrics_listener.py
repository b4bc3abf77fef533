"""/metrics of `webvartti serve` and `webvartti worker`, and what stops the start."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Installation
from tests.integration.proxies.fronts import wait_until
from tests.integration.service.conftest import Run
from tests.integration.service.test_listeners import free_origins
from tests.ports import free_port
from tests.unit.telemetry.test_telemetry_exposition import Samples, samples
from webvartti.demo.renewal import renew
from webvartti.wiring import build_tools


def scrape(port: int) -> Samples:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        return samples(response.read().decode())


def listens_to(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_one_process_counts_in_memory_and_tells_it(installation: Installation) -> None:
    public, card = free_origins()
    port = free_port()
    listen = {"WEBVARTTI_METRICS_LISTEN": f"127.0.0.1:{port}"}
    with build_tools({**installation.environ, **public.environ, **card.environ, **listen}).serve(True):
        renew(installation.country, "aino", public.origin, lambda line: None)
        wait_until(lambda: scrape(port)["webvartti_audit_unsealed_entries", ()] == 0, lambda: str(scrape(port)))
        found = scrape(port)
        assert found["webvartti_sign_ins_total", ("accepted",)] == 1
        assert found["webvartti_requests_total", ("card_listener.judge", "card", "POST", "2xx")] == 1
        assert found["webvartti_requests_total", ("renewals.send", "public", "POST", "3xx")] == 1
        assert found["webvartti_orders", ("submitted",)] == 0, "a rule approved it"
        assert found["webvartti_job_idle_seconds", ("round",)] < 30
    assert not listens_to(port)


def test_without_the_worker_or_the_setting_nobody_listens(installation: Installation) -> None:
    public, card = free_origins()
    port = free_port()
    environ = {**installation.environ, **public.environ, **card.environ}
    with build_tools({**environ, "WEBVARTTI_METRICS_LISTEN": f"127.0.0.1:{port}"}).serve(False):
        assert not listens_to(port)
    with build_tools(environ).serve(True):
        assert not listens_to(port)


def test_a07_a_taken_port_stops_the_worker_by_name(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("worker", WEBVARTTI_METRICS_LISTEN=f"127.0.0.1:{port}")
    assert told.exit_code == 1
    assert f"listener metrics: 127.0.0.1 port {port} is in use" in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize("listen", ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464"])
def test_a07_others_can_ask_only_where_the_operator_says_so(run: Run, listen: str) -> None:
    told = run("worker", "--once", WEBVARTTI_METRICS_LISTEN=listen)
    assert told.exit_code == 1
    assert "WEBVARTTI_METRICS_LISTEN" in told.output
    assert "WEBVARTTI_LISTEN_BEYOND_LOOPBACK" in told.output


def webvartti(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("webvartti")
    return subprocess.run([program, *words], env={"PATH": "/usr/bin", **environ}, capture_output=True, text=True, check=False)


def test_commands_work_and_log_whatever_the_settings_are() -> None:
    for form in ("json", "xml", ""):
        environ = {"WEBVARTTI_LOG_FORMAT": form, "WEBVARTTI_NONSENSE": "1"}
        listed = webvartti(environ, "settings")
        assert (listed.returncode, "WEBVARTTI_LOG_FORMAT" in listed.stdout) == (0, True)
        refused = webvartti(environ, "orders", "list")
        assert refused.returncode == 1
        assert "WEBVARTTI_NONSENSE" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a07_a_format_that_is_none_is_refused_by_name(installation: Installation) -> None:
    refused = webvartti({**installation.environ, "WEBVARTTI_LOG_FORMAT": "xml"}, "orders", "list")
    assert refused.returncode == 1
    assert "WEBVARTTI_LOG_FORMAT: must be one of plain, json" in refused.stderr
