"""Everything that can be examined on this machine, one room of it after the other."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pwd import getpwuid

from webvartti.doctor import clock, files, trust
from webvartti.doctor.installation import Installation
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.health import HealthCheck, Verdict

_MAIL_SECONDS = 5.0


def settings(installation: Installation) -> Iterator[HealthCheck]:
    """Every setting that is missing, unknown or unsafe."""
    for name, problem in installation.problems:
        step = f"change {name}; `webvartti settings` tells what each setting means"
        yield HealthCheck(f"setting {name}", Verdict.FAIL, problem, step)
    if not installation.problems:
        yield HealthCheck("settings", Verdict.OK, "complete and safe")


def account(installation: Installation) -> Iterator[HealthCheck]:
    """Who runs the doctor, and whether the proxy is somebody else."""
    if installation.uid == 0:
        step = "run it as the service's account: `webvartti-run doctor`, as docs/deployment.md defines that"
        yield HealthCheck("account", Verdict.WARN, "run by root, who may do everything: permissions can't be judged", step)
    if installation.proxy_uid is None:
        return
    if installation.proxy_uid in (0, installation.uid):
        step = "run the proxy's workers under an account of their own and name it in WEBVARTTI_PROXY_USER"
        told = "root" if installation.proxy_uid == 0 else "the service's own"
        yield HealthCheck("proxy account", Verdict.WARN, f"is {told}: anything that runs there is believed", step)
    else:
        yield HealthCheck("proxy account", Verdict.OK, f"{getpwuid(installation.proxy_uid).pw_name}, apart from the service's")


def health(installation: Installation) -> Iterator[HealthCheck]:
    """What /health tells, with names."""
    try:
        yield from installation.health()
        missing = installation.missing_extracts()
    except WebVarttiError as problem:
        step = "correct the other findings first, then run the doctor again"
        reason = problem.code if installation.problems or not str(problem) else f"{problem.code}: {problem}"
        told = f"CRLs and registers can't be examined: {reason}"
        yield HealthCheck("service", Verdict.FAIL, told, step)
        return
    step = "load it with `webvartti registry load`" if missing else ""
    told = "; ".join(missing) or "every extract is loaded"
    yield HealthCheck("registers", Verdict.FAIL if missing else Verdict.OK, told, step)


def mail(installation: Installation) -> Iterator[HealthCheck]:
    """Reachable by TCP? No mail is sent."""
    if installation.mail_server is None:
        return
    try:
        socket.create_connection(installation.mail_server, timeout=_MAIL_SECONDS).close()
    except OSError as problem:
        step = "see that WEBVARTTI_SMTP_SERVER is right and a firewall lets this machine through; messages wait until then"
        yield HealthCheck("mail server", Verdict.WARN, f"doesn't answer ({problem.strerror or type(problem).__name__})", step)
        return
    yield HealthCheck("mail server", Verdict.OK, "answers")


EXAMINATIONS: tuple[Callable[[Installation], Iterator[HealthCheck]], ...] = (
    settings,
    account,
    files.keys,
    trust.trust,
    files.database,  # before anything opens it
    clock.clock,
    files.directories,
    health,
    mail,
)


def examine(installation: Installation) -> Iterator[HealthCheck]:
    """Each check as it is made. Raises nothing for what it finds."""
    for examination in EXAMINATIONS:
        yield from _guarded(examination, installation)


def _guarded(examination: Callable[[Installation], Iterator[HealthCheck]], installation: Installation) -> Iterator[HealthCheck]:
    """A file that vanishes or can't be looked at is a finding too, not the end of the examination."""
    try:
        yield from examination(installation)
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno else type(problem).__name__
        step = f"let this account look at {problem.filename}" if problem.filename else "run the doctor again"
        yield HealthCheck(examination.__name__, Verdict.FAIL, f"can't be examined ({reason})", step)
