"""The numbers of several processes: gunicorn twice with two workers each, the worker that tells them, real sign-ins between."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.proxies.client import Person, ask, request
from tests.integration.proxies.fronts import Front, behind_proxy, wait_until
from tests.integration.proxies.test_proxies_headers import on_socket
from tests.integration.proxies.units import DEPLOY, read_unit, running_service
from tests.integration.service.test_metrics_listener import scrape
from tests.ports import free_port
from tests.unit.telemetry.test_telemetry_exposition import Samples
from webvartti.config_fields import FIELDS
from webvartti.demo.country import Country
from webvartti.demo.server_certificate import PUBLIC_HOST


@dataclass(frozen=True)
class Node:
    """A proxy, both listeners and the worker of one machine, with JSON logs."""

    front: Front
    port: int

    @property
    def counters(self) -> Path:
        return self.front.directory / "metrics"

    def numbers(self) -> Samples:
        return scrape(self.port)

    def lines(self) -> list[dict[str, object]]:
        """Every line that gunicorn, the application and the worker have written: each must be an object."""
        logs = [self.front.directory / "log" / name for name in ("webvartti-public", "webvartti-card", "webvartti-worker")]
        return [json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines()]

    def workers(self, listener: str) -> list[int]:
        """The process ids of a listener's gunicorn workers that live, as it has logged them."""
        log = (self.front.directory / "log" / f"webvartti-{listener}").read_text(encoding="utf-8")
        booted = [int(found) for found in re.findall(r"Booting worker with pid: (\d+)", log)]
        return [pid for pid in booted if Path(f"/proc/{pid}").exists()]


@contextmanager
def node(name: str, country: Country, directory: Path) -> Iterator[Node]:
    port = free_port()
    changes = {
        "WEBVARTTI_LOG_FORMAT": "json",
        "WEBVARTTI_METRICS_LISTEN": f"127.0.0.1:{port}",
        "WEBVARTTI_METRICS_DIRECTORY": str(directory / "metrics"),
        "WEB_CONCURRENCY": "2",
    }
    stale = directory / "metrics" / "public"
    stale.mkdir(parents=True)
    (stale / "counter_1.db").write_bytes(b"of an earlier start, and damaged")
    with ExitStack() as stack:
        front = stack.enter_context(behind_proxy(name, country, directory, changes))
        output = directory / "log" / "webvartti-worker"
        stack.enter_context(running_service("webvartti-worker", front.environ, output=output))
        wait_until(lambda: "webvartti_job" in str(_tried(port)), output.read_text)
        yield Node(front, port)


def _tried(port: int) -> Samples:
    try:
        return scrape(port)
    except OSError:
        return {}


@pytest.fixture(scope="module", params=["haproxy", "nginx"])
def running(request: pytest.FixtureRequest, furnished: Country, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with node(request.param, furnished, tmp_path_factory.mktemp("node")) as found:
        yield found


def change(before: Samples, after: Samples, name: str, *labels: str) -> float:
    return after[name, labels] - before.get((name, labels), 0)


def test_the_numbers_are_those_of_what_happened_whichever_process_did_it(running: Node) -> None:
    before = running.numbers()
    people = [Person(running.front, running.front.country.card(slug).chosen_pem) for slug in ("aino", "bjorn") * 3]
    assert [person.signed_in().status for person in people] == [200] * 6
    expired = next(card for card in running.front.country.cards if card.sign_in == "certificate-expired")
    for card in (expired.chosen_pem, None, None):
        assert Person(running.front, card).judged().status == 403
    for path in ("/en/canary-1", "/en/canary-2", "/en/orders/WV-7K3M-9Q4P"):
        people[0].public("GET", path)
    after = running.numbers()
    sign_ins = "webvartti_sign_ins_total"
    assert change(before, after, sign_ins, "accepted") == 6
    assert change(before, after, sign_ins, "certificate-expired") == 1
    assert change(before, after, sign_ins, "no-certificate") == 2
    assert change(before, after, sign_ins, "draft-lane") == 0
    requests = "webvartti_requests_total"
    assert change(before, after, requests, "card_listener.judge", "card", "POST", "2xx") == 6
    assert change(before, after, requests, "card_listener.judge", "card", "POST", "4xx") == 3
    assert change(before, after, requests, "sign_in.page", "public", "GET", "2xx") == 9
    assert change(before, after, requests, "none", "public", "GET", "4xx") == 2
    assert change(before, after, requests, "orders.page", "public", "GET", "4xx") == 1
    durations = "webvartti_request_duration_seconds_count"
    assert change(before, after, durations, "card_listener.judge", "card") == 9
    assert change(before, after, "webvartti_request_duration_seconds_bucket", "card_listener.judge", "+Inf", "card") == 9
    assert {after["webvartti_requests_in_progress", (name,)] for name in ("public", "card")} == {0}
    assert after["webvartti_database_up", ()] == 1
    assert after["webvartti_job_idle_seconds", ("round",)] < 30
    assert {value for key, value in after.items() if key[0] == "webvartti_extract_in_use"} == {1}
    assert "canary" not in str(after)
    assert "WV-" not in str(after)


def test_a33_every_line_is_an_object_and_the_proxys_number_is_in_ours(running: Node) -> None:
    card = running.front.country.card("bjorn")
    person = Person(running.front, card.chosen_pem)
    page = person.signed_in()
    number = page.headers["X-Request-ID"]
    on_socket(running.front, "public", [b"Cookie: canary-cookie", b"X_Canary: canary-value"])  # gunicorn refuses it
    sent = request("GET", "/en/canary?canary", running.front.public_host, [b"X-Request-ID: canary"])
    refused = ask(running.front.public_port, PUBLIC_HOST, sent)
    assert refused.headers["X-Request-ID"] in refused.body
    wait_until(lambda: any("refused or failed" in str(line) for line in running.lines()), lambda: str(running.lines()))
    lines = running.lines()
    assert {"gunicorn.error", "webvartti.requests"} <= {str(line["logger"]) for line in lines}
    of_page = [line for line in lines if line.get("request_id") == number]
    assert [(line["endpoint"], line["status"], line["listener"]) for line in of_page] == [("card.page", 200, "public")]
    wait_until(lambda: number in running.front.logs(), running.front.logs)  # the proxy's own log has it too
    told = "\n".join(json.dumps(line) for line in lines)
    cookies = [morsel.value for morsel in person.cookies.values() if len(morsel.value) > 8]
    for secret in (*cookies, "canary", card.name, "127.0.0.1", "Cookie", "/en/"):
        assert secret not in told, secret


def test_a_worker_that_is_killed_leaves_its_counts_and_nothing_under_way(running: Node) -> None:
    before = running.numbers()
    victims = running.workers("public")
    assert len(victims) == 2
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    folder = running.counters / "public"

    def ready() -> list[int]:
        """A worker makes its file once it has loaded the application."""
        return [pid for pid in running.workers("public") if pid not in victims and (folder / f"counter_{pid}.db").exists()]

    wait_until(lambda: len(ready()) == 2, running.front.logs)
    wait_until(lambda: not any(list(folder.glob(f"gauge_live*_{pid}.db")) for pid in victims), lambda: str(victims))
    middle = running.numbers()
    counted = {key: value for key, value in before.items() if key[0].endswith(("_total", "_count"))}
    assert all(middle[key] >= value for key, value in counted.items()), "a counter never goes back"
    person = Person(running.front, running.front.country.card("aino").chosen_pem)
    assert person.signed_in().status == 200
    assert change(middle, running.numbers(), "webvartti_sign_ins_total", "accepted") == 1, "who was forked later counts too"


def test_counters_are_for_the_service_only_and_those_of_an_earlier_start_are_gone(running: Node) -> None:
    for listener in ("public", "card"):
        folder = running.counters / listener
        assert not (folder / "counter_1.db").exists()
        assert {path.stat().st_mode & 0o077 for path in folder.glob("*.db")} == {0}


def test_a40_metrics_are_told_while_the_database_is_away_and_right_when_it_is_back(running: Node) -> None:
    database = running.front.directory / "webvartti.db"
    away = database.with_name("away.db")
    database.rename(away)
    try:
        found = running.numbers()
        assert found["webvartti_database_up", ()] == 0
        assert ("webvartti_review_cases", ()) not in found
        assert found["webvartti_crls", ("in-force",)] > 0
        ready = Person(running.front).public("GET", "/health/ready")
        assert (ready.status, Person(running.front).public("GET", "/health/live").status) == (503, 200)
    finally:
        away.rename(database)
    wait_until(lambda: running.numbers()["webvartti_database_up", ()] == 1, lambda: str(running.numbers()))
    assert Person(running.front).public("GET", "/health/ready").status == 200


def test_a07_without_a_folder_that_can_be_written_the_start_is_refused_by_name(
    furnished: Country, tmp_path: Path, running: Node
) -> None:
    (tmp_path / "file").touch()
    environ = {**running.front.environ, "WEBVARTTI_METRICS_DIRECTORY": str(tmp_path / "file" / "metrics")}
    output = tmp_path / "output"
    with running_service("webvartti-public", environ, tmp_path, output) as process:
        assert process.wait(60) != 0
    assert "WEBVARTTI_METRICS_DIRECTORY" in output.read_text()


def test_the_units_make_the_folder_that_the_setting_names() -> None:
    (meaning,) = [field.meaning for field in FIELDS if field.name == "METRICS_DIRECTORY"]
    for listener in ("public", "card"):
        unit = read_unit(f"webvartti-{listener}.service")["Service"]
        assert unit["RuntimeDirectory"] == f"webvartti-metrics/{listener}"
        assert unit["RuntimeDirectoryMode"] == "0700"
        assert f"/run/{unit['RuntimeDirectory'].partition('/')[0]}" in meaning
    worker = read_unit("webvartti-worker.service")["Service"]
    assert "AF_INET" in worker["RestrictAddressFamilies"]
    assert worker.get("IPAddressDeny") is None, "or Prometheus couldn't ask"


def test_gunicorn_s_configuration_works_without_the_settings(furnished: Country) -> None:
    """`--check-config` reads it as a start would."""
    command = [
        str(Path(sys.executable).with_name("gunicorn")),
        "--check-config",
        "--config",
        str(DEPLOY / "gunicorn.conf.py"),
        "webvartti.wsgi:make_application",
    ]
    done = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
