"""One line for each kind of attack, and not for each attempt: anybody could fill a log or an audit from outside."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from flask import Flask, current_app

log = logging.getLogger("webvartti.security")

_SECONDS_BETWEEN_LINES = 10.0


@dataclass(slots=True)
class SecurityLog:
    """Counts by kind between two lines; the kinds are ours, so the memory is bounded. Each process has its own."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next_line: dict[str, float] = field(default_factory=dict)
    _unsaid: dict[str, int] = field(default_factory=dict)

    def report(self, kind: str) -> None:
        """``kind`` is one of our own words: nothing that a client sent may stand in it."""
        moment = time.monotonic()
        with self._lock:
            if moment < self._next_line.get(kind, 0.0):
                self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
                return
            self._next_line[kind] = moment + _SECONDS_BETWEEN_LINES
            unsaid = self._unsaid.pop(kind, 0)
        log.warning("%s (and %s more since the last such line)", kind, unsaid)


def report(kind: str) -> None:
    """Write one line of this kind, or count it."""
    found = current_app.extensions["webvartti.security-log"]
    assert isinstance(found, SecurityLog)  # noqa: S101 - tells the type checker what keep_security_log put there
    found.report(kind)


def keep_security_log(app: Flask) -> None:
    """Give the application its log."""
    app.extensions["webvartti.security-log"] = SecurityLog()
