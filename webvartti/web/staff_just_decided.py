"""What was decided a moment ago, told on the page that comes next, where it can still be undone."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from webvartti.domain.review import EFFECT_DELAY, ReviewDecision
from webvartti.web.site import now

_NUMBER = re.compile(r"WV-[0-9A-Z]{4}-[0-9A-Z]{4}")
_SECONDS = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class JustDecided:
    """``takes_effect_at`` is None where a second person is needed first."""

    number: str
    takes_effect_at: datetime | None


def in_address(decision: ReviewDecision) -> dict[str, Any]:
    """The decision as parameters of the next page's address: its number and second, nothing of a person."""
    at = decision.takes_effect_at
    return {"decided": decision.number, "until": "" if at is None else str(math.ceil(at.timestamp()))}


def just_decided() -> JustDecided | None:
    """What the address tells; None once the minute is over. Undoing is asked of the database, not of the address."""
    number, until = request.args.get("decided", ""), request.args.get("until", "")
    if not _NUMBER.fullmatch(number):
        return None
    if not until:
        return JustDecided(number, None)
    if not _SECONDS.fullmatch(until):
        return None
    at = datetime.fromtimestamp(int(until), UTC)
    return JustDecided(number, at) if now() < at <= now() + EFFECT_DELAY + timedelta(seconds=1) else None
