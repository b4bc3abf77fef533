"""How a log record becomes one line, for people or as one JSON object.

Of an exception only its type and the places in the code go into the line: its text may hold personal data.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

REQUEST_FIELDS = ("endpoint", "method", "status", "milliseconds", "listener")
"""What the line of a request has beside the others. Nothing else that somebody attaches to a record is ever written."""

_PLACES = 6
"""Of a traceback, counted from where it was raised."""


def no_request() -> str:
    """For lines of a program that answers no requests."""
    return ""


class LogLines(logging.Formatter):
    """The base of both. ``request_id`` gives the number of the request that is being answered, empty where there is none."""

    def __init__(self, request_id: Callable[[], str] = no_request) -> None:
        super().__init__()
        self.request_id = request_id


class PlainLines(LogLines):
    """``2026-11-28T02:37:00.123Z INFO webvartti.requests: ... (request 6f...)``"""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname} {record.name}: {_message(record)}"
        if record.exc_info:
            line += f" [{_raised(record)}]"
        if number := self.request_id():
            line += f" (request {number})"
        return line.replace("\r", "\\r").replace("\n", "\\n")


class JsonLines(LogLines):
    """One object a line; its fields are in docs/observing.md."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if number := self.request_id():
            fields["request_id"] = number
        if record.exc_info:
            fields["exception"] = _raised(record)
        attached = vars(record)
        fields |= {name: attached[name] for name in REQUEST_FIELDS if name in attached}
        return json.dumps(fields, default=str)


def write_log_lines(lines: LogLines) -> None:
    """To the standard error stream, unless somebody has set up logging before."""
    handler = logging.StreamHandler()
    handler.setFormatter(lines)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
    for chatty in ("alembic", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings quote what a server sent


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # logging itself would print the arguments, whatever they hold
        return f"{record.msg} (its arguments don't fit)"


def _raised(record: logging.LogRecord) -> str:
    """``KeyError in f (file:line) < g (file:line)``"""
    assert record.exc_info  # noqa: S101 - tells the type checker what its callers have seen
    kind, _, tracked = record.exc_info
    frames = traceback.extract_tb(tracked)[-_PLACES:]
    places = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
    return f"{getattr(kind, '__name__', 'exception')}{f' in {places}' if places else ''}"
