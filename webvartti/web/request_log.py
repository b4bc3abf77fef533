"""Every request that was answered: one line in the log, and one more in the counters. Never its address, which may hold an
order's number.
"""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, current_app, g, request

from webvartti.domain.measures import NO_ENDPOINT, AnsweredRequest, Meter
from webvartti.web.site import site

log = logging.getLogger("webvartti.requests")

_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
OTHER_METHOD = "other"
"""Anybody can make up a method, and each would be a counter of its own."""


def meter() -> Meter:
    """Where this process counts."""
    found: Meter = current_app.extensions["webvartti.meter"]
    return found


def _began() -> None:
    g.began = time.perf_counter()
    meter().request_began(site().listener)


def _answered(response: Response) -> Response:
    g.answered = response.status_code
    return response


def _ended(error: BaseException | None) -> None:
    """At the very end, whatever happened on the way."""
    if "began" not in g:
        return
    done = AnsweredRequest(
        listener=site().listener,
        endpoint=request.endpoint or NO_ENDPOINT,
        method=request.method if request.method in _METHODS else OTHER_METHOD,
        status=g.get("answered", 500),
        seconds=time.perf_counter() - g.began,
    )
    meter().request_ended(done)
    _log(done)


def _log(done: AnsweredRequest) -> None:
    milliseconds = round(done.seconds * 1000)
    # a balancer that finds all well, every other second, would bury everything else
    level = logging.DEBUG if request.blueprint == "health" and done.status == 200 else logging.INFO
    about = {"endpoint": done.endpoint, "method": done.method, "status": done.status, "listener": done.listener}
    text = "%s %s at the %s host: %s in %s ms"
    values = done.method, done.endpoint, done.listener, done.status, milliseconds
    log.log(level, text, *values, extra={**about, "milliseconds": milliseconds})


def keep_request_log(app: Flask, counting: Meter) -> None:
    """Must come before everything else that looks at requests: its first part is the first then, and its last the last."""
    app.extensions["webvartti.meter"] = counting
    app.before_request(_began)
    app.after_request(_answered)
    app.teardown_request(_ended)
