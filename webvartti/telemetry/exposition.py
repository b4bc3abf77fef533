"""``/metrics``: what was counted by all processes of this machine, and what is measured when it is asked for."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from webvartti.domain.crl_fetching import ListState
from webvartti.domain.measures import Measurement, StoredMeasures
from webvartti.domain.registers import RegisterKind

log = logging.getLogger(__name__)

PATH = "/metrics"
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TRIES = 3


class CountedByProcesses(Collector):
    """The counters in the files below ``directory``: a folder for each group of processes, in it files for each process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        """Nothing where the files can't be read, which the log says."""
        for _ in range(_TRIES):
            try:
                # a file that is being made is empty for a moment
                files = sorted(str(file) for file in self._directory.glob("*/*.db") if file.stat().st_size)
                return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]  # the library leaves it untyped
            except (OSError, ValueError, RuntimeError, struct.error) as problem:
                kind = type(problem).__name__  # a process ended, or began, while its files were read
        log.warning("the counters of other processes can't be read: %s", kind)
        return ()


class MeasuredNow(Collector):
    """What ``measure`` tells, in the words of Prometheus."""

    def __init__(self, measure: Callable[[], Measurement], version: str) -> None:
        self._measure = measure
        self._version = version

    def collect(self) -> Iterator[Metric]:
        found = self._measure()
        yield _by("version", "build_info", "Which version this is.", {self._version: 1})
        yield _gauge("database_up", "1 where the main database answers.", found.stored is not None)
        if found.stored is not None:
            yield from _stored(found, found.stored)
        yield from _crls(found)
        in_use = {kind.value: float(kind in found.extracts) for kind in RegisterKind}
        yield _by("extract", "extract_in_use", "1 where this machine has an extract of this register.", in_use)
        idle = {each.name: each.idle.total_seconds() for each in found.repeated}
        yield _by("job", "job_idle_seconds", "Since a job of the worker last finished.", idle)
        took = {each.name: each.took.total_seconds() for each in found.repeated if each.took is not None}
        yield _by("job", "job_duration_seconds", "How long it took then.", took)


def _stored(found: Measurement, stored: StoredMeasures) -> Iterator[Metric]:
    yield _by(
        "state", "orders", "Orders that wait for a decision.", {state.value: count for state, count in stored.orders.items()}
    )
    yield _gauge("review_cases", "Orders that wait in the review queue.", stored.cases.count)
    longest = stored.cases.longest(found.at).total_seconds()
    yield _gauge("review_oldest_case_seconds", "Since the oldest of them was placed; 0 where there is none.", longest)
    yield _gauge("messages_waiting", "Messages that aren't sent yet.", stored.messages.count)
    longest = stored.messages.longest(found.at).total_seconds()
    yield _gauge("messages_oldest_seconds", "Since the oldest of them was made; 0 where there is none.", longest)
    yield _gauge("audit_unsealed_entries", "Audit entries that wait for their seal.", stored.unsealed)
    ages = {kind.value: each.total_seconds() for kind, each in stored.extracts.items()}
    yield _by("extract", "extract_age_seconds", "Since the extract that is in use was loaded.", ages)


def _crls(found: Measurement) -> Iterator[Metric]:
    states = [each.state for each in found.crls]
    counts = {state.value: states.count(state) for state in ListState}
    yield _by("state", "crls", "Revocation lists in use; missing: a CA has none.", counts)
    ages: dict[tuple[str, str], float] = {}
    left: dict[tuple[str, str], float] = {}
    for each in found.crls:
        if each.in_use is not None:
            name = each.issuer, each.in_use.scope
            age = (found.at - each.in_use.this_update).total_seconds()
            remaining = (each.in_use.next_update - found.at).total_seconds()
            # of two lists of one name (an issuer with two keys) the one that is worse off
            ages[name], left[name] = max(age, ages.get(name, age)), min(remaining, left.get(name, remaining))
    labels = "issuer", "scope"
    of_age = GaugeMetricFamily("webvartti_crl_age_seconds", "Since the list's thisUpdate.", labels=labels)
    of_end = GaugeMetricFamily("webvartti_crl_next_update_seconds", "Until its nextUpdate; negative past it.", labels=labels)
    for name in ages:
        of_age.add_metric(name, ages[name])
        of_end.add_metric(name, left[name])
    yield from (of_age, of_end)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"webvartti_{name}", meaning, float(value))


def _by(label: str, name: str, meaning: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"webvartti_{name}", meaning, labels=(label,))
    for each, value in values.items():
        family.add_metric((each,), value)
    return family


def metrics_application(*collectors: Collector) -> WSGIApplication:
    """Answers GET /metrics, and nothing else."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return _answer(start_response, "404 Not Found", b"The metrics are at /metrics.\n")
        if environ["REQUEST_METHOD"] != "GET":
            return _answer(start_response, "405 Method Not Allowed", b"", ("Allow", "GET"))
        return _answer(start_response, "200 OK", generate_latest(registry))

    return application


def _answer(start_response: StartResponse, status: str, body: bytes, *more: tuple[str, str]) -> Iterable[bytes]:
    about = [("Content-Type", _CONTENT_TYPE), ("Content-Length", str(len(body))), ("X-Content-Type-Options", "nosniff")]
    start_response(status, [*about, ("Cache-Control", "no-store"), *more])
    return [body]
