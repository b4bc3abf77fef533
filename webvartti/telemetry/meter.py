"""The counters of a process that answers requests, with prometheus_client.

Where ``process`` has named a folder, the library keeps them in files there, one of each kind a process. It looks for the folder
when it is first imported, so nothing imports this module before. Otherwise they live in this process's memory.
"""

from __future__ import annotations

from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from webvartti.domain.measures import ACCEPTED, DRAFT_LANE, AnsweredRequest

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: a page takes some 10 to 50 ms; the proxy gives up after 30 s."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped; else each counter has a second series that nobody asked for


class PrometheusMeter:
    """Implements ``domain.measures.Meter``. Threads may share it; one a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "webvartti_requests",
            "Requests that were answered, by the kind of their status.",
            ("listener", "endpoint", "method", "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "webvartti_request_duration_seconds",
            "How long answers took.",
            ("listener", "endpoint"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self._under_way = Gauge(
            "webvartti_requests_in_progress",
            "Requests that are being answered.",
            ("listener",),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._sign_ins = Counter(
            "webvartti_sign_ins", "Sign-ins by how they ended.", ("outcome",), registry=self.registry
        )  # fmt: skip
        for outcome in (ACCEPTED, DRAFT_LANE):
            self._sign_ins.labels(outcome)  # told from the start, as 0: the first is a change then

    def request_began(self, listener: str) -> None:
        with suppress(OSError):
            self._under_way.labels(listener).inc()

    def request_ended(self, answered: AnsweredRequest) -> None:
        with suppress(OSError):
            self._under_way.labels(answered.listener).dec()
            kind = f"{answered.status // 100}xx"
            self._requests.labels(answered.listener, answered.endpoint, answered.method, kind).inc()
            self._durations.labels(answered.listener, answered.endpoint).observe(answered.seconds)

    def sign_in_ended(self, outcome: str) -> None:
        with suppress(OSError):
            self._sign_ins.labels(outcome).inc()
