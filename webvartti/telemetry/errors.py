"""Why an installation can't be measured."""

from __future__ import annotations

from webvartti.domain.errors import WebVarttiError


class TelemetryError(WebVarttiError):
    """The base of this room's errors."""

    code = "telemetry-error"


class MetricsNotInstalled(TelemetryError):
    """The library prometheus-client isn't there: install the extra `metrics`, or set no WEBVARTTI_METRICS_ setting."""

    code = "metrics-not-installed"


class CountersNotKept(TelemetryError):
    """The folder of the counters can't be made or written to."""

    code = "counters-not-kept"
