"""The machine's clock: every verdict on a certificate or a CRL depends on it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

from webvartti.doctor.installation import Installation
from webvartti.domain.certificates import CLOCK_SKEW
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.health import HealthCheck, Verdict

_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_TIMEX_BYTES = 208 + 64  # struct timex of adjtimex(2), with room
_TIME_ERROR = 5
_STEP = "timedatectl set-ntp true"


def clock(installation: Installation) -> Iterator[HealthCheck]:
    """Not behind what was written with it, and synchronised where that can be known."""
    yield _behind(installation)
    yield synchronised(kernel_state(), _SYNCHRONISED)


def _behind(installation: Installation) -> HealthCheck:
    try:
        records = installation.records()
    except WebVarttiError as problem:
        return HealthCheck("clock", Verdict.WARN, f"nothing to compare it with ({problem.code})")
    ahead = [record for record in records if record.at > installation.clock() + CLOCK_SKEW]
    if ahead:
        worst = max(ahead, key=lambda record: record.at)
        minutes = int((worst.at - installation.clock()).total_seconds() // 60)
        return HealthCheck(
            "clock", Verdict.FAIL, f"{worst.what} is {minutes} minutes in the future: the clock is behind", _STEP
        )
    return HealthCheck(
        "clock", Verdict.OK, f"not behind the {len(records)} newest records" if records else "nothing to compare"
    )


def synchronised(kernel: bool | None, marker: Path) -> HealthCheck:
    """``kernel``: what ``kernel_state`` says; ``marker``: the file that systemd-timesyncd leaves."""
    if kernel or marker.exists():
        return HealthCheck("clock synchronised", Verdict.OK, "by NTP")
    if kernel is None:
        return HealthCheck("clock synchronised", Verdict.WARN, "unknown: this machine doesn't tell", _STEP)
    return HealthCheck("clock synchronised", Verdict.WARN, "the kernel says that nobody keeps it right", _STEP)


def kernel_state() -> bool | None:
    """adjtimex(2) without changing anything: TIME_ERROR is "not synchronised"; None where it can't be asked."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else bool(state != _TIME_ERROR)
