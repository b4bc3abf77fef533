"""What Prometheus reads: right numbers, no name twice, and all that is known where the database is away."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from webvartti.domain.certificates import RevocationList
from webvartti.domain.crl_fetching import ListState, ListStatus
from webvartti.domain.events import OrderState
from webvartti.domain.measures import AnsweredRequest, Measurement, Repetition, StoredMeasures, Waiting
from webvartti.domain.registers import RegisterKind
from webvartti.telemetry.exposition import CountedByProcesses, MeasuredNow, metrics_application
from webvartti.telemetry.meter import PrometheusMeter

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Samples = dict[tuple[str, tuple[str, ...]], float]


def crl(issuer: str = "CN=CA", *, scope: str = "", made: datetime = NOW - HOUR, ends: datetime = NOW + HOUR) -> ListStatus:
    return ListStatus(issuer, ListState.IN_FORCE, RevocationList(issuer, scope, 7, made, ends, 0, "ab"))


STORED = StoredMeasures(
    orders={OrderState.SUBMITTED: 3, OrderState.HELD: 2},
    cases=Waiting(5, NOW - 2 * HOUR),
    messages=Waiting(0, None),
    unsealed=5,
    extracts={RegisterKind.RIGHTS: 24 * HOUR},
)


def measured(stored: StoredMeasures | None = STORED, crls: tuple[ListStatus, ...] = ()) -> Measurement:
    jobs = (Repetition("round", timedelta(seconds=2), timedelta(milliseconds=20)), Repetition("other", HOUR, None))
    return Measurement(NOW, stored, crls, frozenset({RegisterKind.RIGHTS}), jobs)


def ask(application: WSGIApplication, path: str = "/metrics", method: str = "GET") -> tuple[str, dict[str, str], str]:
    """Status, headers and body."""
    said: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *more: object) -> object:
        said.append((status, dict(headers)))
        return BytesIO().write

    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": "name[]=x"}
    response: StartResponse = start_response  # type: ignore[assignment]  # its write() is never called
    body = b"".join(application(environ, response))
    return *said[0], body.decode()


def samples(text: str) -> Samples:
    """By name and the values of the labels; a series that stands twice fails, as it fails a scrape."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, tuple(value for _, value in sorted(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def told(measurement: Measurement, *others: PrometheusMeter) -> Samples:
    collectors: list[Collector] = [MeasuredNow(lambda: measurement, "1.2.3"), *(each.registry for each in others)]
    return samples(ask(metrics_application(*collectors))[2])


def test_each_number_is_told_by_its_name() -> None:
    found = told(measured(crls=(crl(),)))
    assert found["webvartti_build_info", ("1.2.3",)] == 1
    assert found["webvartti_database_up", ()] == 1
    assert found["webvartti_orders", ("submitted",)] == 3
    assert found["webvartti_orders", ("held",)] == 2
    assert found["webvartti_review_cases", ()] == 5
    assert found["webvartti_review_oldest_case_seconds", ()] == 7200
    assert found["webvartti_messages_waiting", ()] == 0
    assert found["webvartti_messages_oldest_seconds", ()] == 0
    assert found["webvartti_audit_unsealed_entries", ()] == 5
    assert found["webvartti_extract_age_seconds", ("rights",)] == 86400
    assert {key[1]: value for key, value in found.items() if key[0] == "webvartti_extract_in_use"} == {
        (kind.value,): float(kind is RegisterKind.RIGHTS) for kind in RegisterKind
    }
    assert found["webvartti_crls", ("in-force",)] == 1
    assert found["webvartti_crls", ("missing",)] == 0
    assert found["webvartti_crl_age_seconds", ("CN=CA", "")] == 3600
    assert found["webvartti_job_idle_seconds", ("other",)] == 3600
    assert found["webvartti_job_duration_seconds", ("round",)] == 0.02
    assert ("webvartti_job_duration_seconds", ("other",)) not in found


def test_a40_without_a_database_the_rest_is_told() -> None:
    found = told(measured(stored=None, crls=(crl(),)))
    assert found["webvartti_database_up", ()] == 0
    assert found["webvartti_crl_next_update_seconds", ("CN=CA", "")] == 3600
    assert found["webvartti_job_idle_seconds", ("round",)] == 2
    names = {name for name, _ in found}
    assert not names & {"webvartti_orders", "webvartti_review_cases", "webvartti_messages_waiting"}, "0 would be a lie"


def test_of_two_lists_of_one_name_the_worse_is_told_and_a_passed_one_is_negative() -> None:
    lists = (crl(made=NOW - HOUR), crl(made=NOW - 3 * HOUR, ends=NOW - HOUR), crl(scope="users only"))
    found = told(measured(crls=lists))
    assert found["webvartti_crl_age_seconds", ("CN=CA", "")] == 3 * 3600
    assert found["webvartti_crl_next_update_seconds", ("CN=CA", "")] == -3600
    assert found["webvartti_crl_age_seconds", ("CN=CA", "users only")] == 3600


def test_no_name_breaks_the_text() -> None:
    hostile = 'CN="} 1\nwebvartti_database_up 0\\'
    found = told(measured(crls=(crl(hostile),)))
    assert found["webvartti_crl_age_seconds", (hostile, "")] == 3600
    assert found["webvartti_database_up", ()] == 1


@pytest.mark.parametrize(("path", "method", "status"), [
    ("/metrics", "GET", "200 OK"), ("/", "GET", "404 Not Found"), ("/metrics/", "GET", "404 Not Found"),
    ("/metrics", "POST", "405 Method Not Allowed"), ("/metrics", "HEAD", "405 Method Not Allowed"),
])  # fmt: skip
def test_it_answers_one_question_only(path: str, method: str, status: str) -> None:
    answered, headers, body = ask(metrics_application(MeasuredNow(measured, "1")), path, method)
    assert answered == status
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert ("webvartti_build_info" in body) == (status == "200 OK")


def counted(meter: PrometheusMeter, *answered: AnsweredRequest) -> None:
    for each in answered:
        meter.request_began(each.listener)
        meter.request_ended(each)


def test_requests_and_sign_ins_are_counted() -> None:
    meter = PrometheusMeter()
    page = AnsweredRequest("public", "card.page", "GET", 200, 0.02)
    counted(meter, page, page, AnsweredRequest("public", "card.page", "GET", 503, 3.0))
    meter.request_began("card")
    meter.sign_in_ended("accepted")
    meter.sign_in_ended("certificate-expired")
    found = told(measured(), meter)
    assert found["webvartti_requests_total", ("card.page", "public", "GET", "2xx")] == 2
    assert found["webvartti_requests_total", ("card.page", "public", "GET", "5xx")] == 1
    assert found["webvartti_request_duration_seconds_count", ("card.page", "public")] == 3
    assert found["webvartti_request_duration_seconds_bucket", ("card.page", "0.025", "public")] == 2
    assert found["webvartti_request_duration_seconds_sum", ("card.page", "public")] == pytest.approx(3.04)
    assert (found["webvartti_requests_in_progress", ("public",)], found["webvartti_requests_in_progress", ("card",)]) == (0, 1)
    assert {key[1][0]: value for key, value in found.items() if key[0] == "webvartti_sign_ins_total"} == {
        "accepted": 1,
        "draft-lane": 0,
        "certificate-expired": 1,
    }
    assert not [name for name, _ in found if name.endswith("_created")]


LENGTH_TOO_LARGE, KEY_TOO_LONG = b"\xff\xff\xff\x7f", b"\x40\0\0\0\0\0\0\0\xff\xff\0\0"
NO_KEY = b"\x18\0\0\0\0\0\0\0\x04\0\0\0{}  " + b"\0" * 8


@pytest.mark.parametrize("content", [LENGTH_TOO_LARGE, KEY_TOO_LONG, NO_KEY])
def test_a_damaged_file_of_counters_is_logged_and_the_rest_is_told(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "counter_7.db").write_bytes(content)
    (tmp_path / "public" / "counter_8.db").touch()  # one that is being made
    application = metrics_application(MeasuredNow(measured, "1"), CountedByProcesses(tmp_path))
    with caplog.at_level(logging.WARNING):
        found = samples(ask(application)[2])
    assert found["webvartti_database_up", ()] == 1
    assert "counters of other processes can't be read" in caplog.text


def test_a_folder_that_is_not_there_yet_holds_no_counters(tmp_path: Path) -> None:
    collected: Iterable[object] = CountedByProcesses(tmp_path / "nowhere").collect()
    assert list(collected) == []


def test_every_metric_is_explained_and_what_is_explained_exists() -> None:
    text = (Path(__file__).parents[3] / "docs" / "observing.md").read_text(encoding="utf-8")
    meter = PrometheusMeter()
    counted(meter, AnsweredRequest("public", "card.page", "GET", 200, 0.02))
    told_names = {name for name, _ in told(measured(crls=(crl(),)), meter)}
    told_names = {re.sub("_(bucket|sum|count)$", "", name) if "duration_seconds_" in name else name for name in told_names}
    assert set(re.findall(r"webvartti_[a-z_]+[a-z]", text)) - {"webvartti_request_duration_seconds_bucket"} == told_names
