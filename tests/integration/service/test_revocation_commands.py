"""`webvartti revocation`, and the worker's fetching, as an operator meets them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Installation
from tests.integration.service.crl_office import CA, HOUR, NOW, ROOT, Office
from tests.integration.service.test_listeners import free_origins
from tests.unit.pki.crl_publisher import body, cached
from webvartti.cli import operations
from webvartti.main import main
from webvartti.wiring import build_tools

Run = Callable[..., Result]


@pytest.fixture
def run(office: Office) -> Run:
    def invoke(*arguments: str) -> Result:
        environ = {**office.installation.environ, "COLUMNS": "400"}
        return CliRunner().invoke(main, list(arguments), env=environ)

    return invoke


def test_the_command_fetches_and_says_so(office: Office, run: Run) -> None:
    told = run("revocation", "fetch")
    assert told.exit_code == 0, told.output
    assert "CN=Professionals,O=WebVartti test,C=FI: CRL 1, 0 entries, new" in told.output
    assert "the same as before" in run("revocation", "fetch").output
    assert run("revocation", "fetch", "--quiet").output == ""
    office.publisher.answers[CA] = cached(office.crl(2), '"2"')
    assert "CRL 2" in run("revocation", "fetch").output
    assert "not modified" in run("revocation", "fetch").output
    assert office.entries_of_audit() == ["operator"] * 3


def test_the_command_tells_each_failure_with_its_next_step(office: Office, run: Run) -> None:
    office.publisher.answers[CA] = body(b"", status=404)
    told = run("revocation", "fetch", "--quiet")
    assert told.exit_code == 1
    (line,) = told.output.splitlines()
    assert f"{office.publisher.url(CA)}: download-status-unsuitable (status 404); correct the address" in line
    assert office.in_use() == {"Root": 1}


def test_the_command_without_addresses_says_where_to_write_them(installation: Installation) -> None:
    told = CliRunner().invoke(main, ["revocation", "fetch"], env=installation.environ)
    assert (told.exit_code, "crls = [" in told.output) == (1, True)
    shown = CliRunner().invoke(main, ["revocation", "status"], env={**installation.environ, "COLUMNS": "300"})
    assert (shown.exit_code, "in-force" in shown.output, "missing" in shown.output) == (0, True, False)


def test_status_tells_age_number_next_update_entries_and_last_fetch(office: Office, run: Run) -> None:
    assert run("revocation", "status").output.count("missing") == 2
    office.publish(CA, office.crl(31, 5, 6, 7, started=NOW - 26 * HOUR))
    office.publisher.answers[ROOT] = body(b"", status=500)
    run("revocation", "fetch")
    lines = run("revocation", "status").output.splitlines()
    professionals = next(line for line in lines if "CN=Professionals" in line)
    for word in ("in-force", "31", "1 d 2 h", f"{NOW + 10 * HOUR:%Y-%m-%d %H:%M} UTC", "3", "ok "):
        assert word in professionals
    root = next(line for line in lines if "CN=Root" in line)
    assert ("missing" in root, "download-status-unsuitable" in root) == (True, True)
    assert any(office.publisher.url(ROOT) in line and "1 in a row" in line for line in lines)


def test_the_worker_fetches_once_when_asked(office: Office, run: Run) -> None:
    office.publisher.answers[ROOT] = body(b"", status=500)
    told = run("worker", "--once").output
    assert "fetched: CN=Professionals" in told
    assert "not fetched: CN=Root" in told
    assert "fetched" not in run("worker", "--once").output
    assert office.entries_of_audit() == ["system"]


def test_a_slow_address_keeps_the_worker_from_nothing_and_from_ending(office: Office) -> None:
    office.publisher.answers[ROOT] = office.publisher.hang()
    rounds = 0
    with operations.fetching(office.services):
        until = time.monotonic() + 0.5
        while time.monotonic() < until or not office.publisher.requests:
            office.services.worker.run(office.services.clock())
            rounds += 1
        ended = time.monotonic()
    assert time.monotonic() - ended < 2
    assert rounds > 1
    assert not any(thread.name == "revocation" for thread in threading.enumerate())


def test_without_addresses_no_thread_is_started(installation: Installation) -> None:
    with operations.fetching(installation.build()):
        assert not any(thread.name == "revocation" for thread in threading.enumerate())


def test_serving_fetches_too(office: Office) -> None:
    public, card = free_origins()
    with build_tools({**office.installation.environ, **public.environ, **card.environ}).serve(True):
        assert _waits_for(lambda: len(office.in_use()) == 2)
    assert not any(thread.name == "revocation" for thread in threading.enumerate())


@pytest.mark.slow
def test_the_worker_ends_on_term_in_the_middle_of_a_fetch(office: Office) -> None:
    office.publisher.answers[ROOT] = office.publisher.hang(b"HTTP/1.0 200 OK\r\n\r\nhalf a list")
    environ = {**os.environ, **office.installation.environ}
    worker = subprocess.Popen([sys.executable, "-m", "webvartti.main", "worker"], env=environ)
    try:
        assert _waits_for(lambda: any(office.folder.glob(".download-*")) and bool(office.publisher.requests))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(5) == 0
    finally:
        worker.kill()
        worker.wait()
    assert list(office.folder.glob(".download-*")) == []


def _waits_for(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
