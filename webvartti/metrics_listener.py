"""/metrics, told by the process that does the worker's rounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from webvartti import __version__
from webvartti.config import Settings
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.measures import Measurement, Meter
from webvartti.services import Services


class ServingFailed(WebVarttiError):
    """A listener of this process can't be started, or one ended by itself."""

    code = "serving-failed"


@contextmanager
def measured(settings: Settings, services: Services, meter: Meter | None = None) -> Iterator[None]:
    """/metrics, where it is asked for. Raises ServingFailed."""
    if settings.metrics_listen is None:
        yield
        return
    from webvartti.server.errors import ServerError
    from webvartti.server.plain import serving_plainly
    from webvartti.telemetry.counting import build_metrics

    measure = partial(_measurement, services)
    metrics = build_metrics(measure, __version__, settings.metrics_directory, meter)
    try:
        with serving_plainly("metrics", settings.metrics_listen, metrics):
            yield
    except ServerError as problem:
        raise ServingFailed(str(problem)) from problem


def _measurement(services: Services) -> Measurement:
    return services.measures.take(services.clock())
