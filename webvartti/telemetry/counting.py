"""Where a process counts, and what ``/metrics`` is made of. The library itself is imported late: see ``meter``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from webvartti.domain.measures import Measurement, Meter
from webvartti.telemetry.errors import CountersNotKept, MetricsNotInstalled

if TYPE_CHECKING:
    from prometheus_client.registry import Collector


def prepare_folder(folder: Path) -> None:
    """Make the folder of one group of processes, for this account only. Raises CountersNotKept."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise CountersNotKept(f"{folder}: {problem.strerror}: see WEBVARTTI_METRICS_DIRECTORY") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CountersNotKept(f"{folder}: this account can't write there: see WEBVARTTI_METRICS_DIRECTORY")


def forget_counters(folder: Path) -> None:
    """Those of processes before this start: Prometheus understands a counter that begins anew, and files don't pile up."""
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)


def build_meter() -> Meter:
    """Counts in files where the environment names a folder, else in memory. Raises MetricsNotInstalled."""
    try:
        from webvartti.telemetry.meter import PrometheusMeter
    except ImportError:
        raise MetricsNotInstalled("run `pip install 'webvartti[metrics]'`") from None
    return PrometheusMeter()


def build_metrics(
    measure: Callable[[], Measurement], version: str, directory: Path | None, own: Meter | None = None
) -> WSGIApplication:
    """``/metrics`` of what ``measure`` tells, of the counters below ``directory``, or where there is none of those of ``own``.

    Raises MetricsNotInstalled.
    """
    try:
        from webvartti.telemetry.exposition import CountedByProcesses, MeasuredNow, metrics_application
        from webvartti.telemetry.meter import PrometheusMeter
    except ImportError:
        raise MetricsNotInstalled("run `pip install 'webvartti[metrics]'`") from None
    told: list[Collector] = [MeasuredNow(measure, version)]
    if directory is not None:
        told.append(CountedByProcesses(directory))
    elif isinstance(own, PrometheusMeter):
        told.append(own.registry)
    return metrics_application(*told)
