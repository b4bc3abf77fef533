"""What a process of the service sets up before anything else: how its log is written, and where it counts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from webvartti.config import Settings
from webvartti.config_fields import JSON, PREFIX
from webvartti.domain.measures import Meter, Unmetered
from webvartti.telemetry.counting import build_meter, prepare_folder
from webvartti.telemetry.log_lines import JsonLines, PlainLines, write_log_lines


def write_log(environ: Mapping[str, str]) -> None:
    """Before the settings are read: what is wrong with them is logged too, and a format that isn't one is refused with them."""
    as_json = environ.get(f"{PREFIX}LOG_FORMAT", "").strip() == JSON
    write_log_lines((JsonLines if as_json else PlainLines)(_current_request_id))


def _current_request_id() -> str:
    """Empty in a process that has never imported the pages: it has no requests, and most commands need no Flask."""
    pages = sys.modules.get("webvartti.web.request_ids")
    return str(pages.current_request_id()) if pages else ""


def meter_of(settings: Settings, processes: str, *, told_here: bool) -> Meter:
    """In files, a folder for each group of processes, where the worker is to read them; in memory where this process tells its
    numbers itself. Raises MetricsNotInstalled, CountersNotKept.
    """
    if settings.metrics_directory is not None:
        folder = settings.metrics_directory / processes
        prepare_folder(folder)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # for the library, which looks when it is first imported
        return build_meter()
    return build_meter() if told_here else Unmetered()
