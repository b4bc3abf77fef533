"""One try of "Does my card work?": what each step found, kept under a support code for a while, and nothing of who tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from webvartti.domain.errors import NotFound, WebVarttiError
from webvartti.domain.products import CardKind
from webvartti.domain.reader_software import SoftwareOutcome
from webvartti.domain.spoken_numbers import ALPHABET, spoken_number

CHECK_LIFETIME = timedelta(days=14)
"""Long enough for a help desk's queue."""

MOST_CLOCK_DIFFERENCE = timedelta(minutes=2)
"""Until here a clock is right enough: certificates and CRLs are judged with more room than that."""

_FURTHEST_CLOCK = timedelta(days=60 * 365)
"""A clock that was never set says 1970; its seconds still fit into the 32 bits of a column."""
_MOMENT = re.compile(r"[0-9]{1,15}")
_CODE = re.compile(f"TK[{ALPHABET}]{{8}}")


class ClockOutcome(StrEnum):
    """The visitor's clock beside ours."""

    RIGHT = "clock-right"
    FAST = "clock-fast"
    SLOW = "clock-slow"
    NOT_ASKED = "clock-not-asked"


class TlsOutcome(StrEnum):
    """Which TLS this request came by."""

    TLS_1_3 = "tls-1.3"
    TLS_1_2 = "tls-1.2"
    NOT_TOLD = "tls-not-told"


@dataclass(frozen=True, slots=True)
class CardCheck:
    """``code`` is what people say on the telephone. ``certificate`` is how signing in would end (``domain.measures``: ACCEPTED,
    DRAFT_LANE, or the code of a refusal), empty where it wasn't tried; ``kind`` is known of accepted cards only.
    ``clock_seconds`` is how far the visitor's clock is ahead.
    ``browser`` is the ``browser_mark`` of the one that began it: no other may try a certificate for this check.
    """

    code: str
    at: datetime
    software: SoftwareOutcome
    software_version: str
    clock: ClockOutcome
    clock_seconds: int
    tls: TlsOutcome
    certificate: str = ""
    kind: CardKind | None = None
    browser: str = ""

    @property
    def gone_at(self) -> datetime:
        """When it is forgotten."""
        return self.at + CHECK_LIFETIME


class CardCheckRepository(Protocol):
    """The checks of the last days."""

    def add(self, check: CardCheck) -> None: ...

    def get(self, code: str) -> CardCheck | None: ...

    def tell_certificate(self, code: str, browser: str, certificate: str, kind: CardKind | None) -> bool:
        """True where there is such a check, begun in that browser (``browser_mark``)."""
        ...

    def count_since(self, moment: datetime) -> int: ...

    def delete_older_than(self, moment: datetime) -> int: ...


class NoSuchCheck(NotFound):
    """No check of the last days has this support code."""

    code = "no-such-check"


class TooManyChecks(WebVarttiError):
    """More were made within an hour than people make."""

    code = "too-many-checks"


def browser_mark(code: str, cookie_hash: str) -> str:
    """Of the browser whose start cookie has this hash, for one check: another check's mark, or a sign-in's, is another text."""
    return sha256(f"browser of card check {code} {cookie_hash}".encode()).hexdigest()


def support_code(random_text: str) -> str:
    """Such as TK-7K3M-9Q4P, from a random text: nobody finds another's by counting."""
    return spoken_number("TK", f"card check {random_text}")


def read_support_code(typed: str) -> str:
    """As it is stored, from what somebody wrote down on the telephone. Raises NoSuchCheck for what can't be one."""
    bare = re.sub(r"[\s-]", "", typed[:40]).upper()
    if _CODE.fullmatch(bare) is None:
        raise NoSuchCheck("a support code looks like TK-7K3M-9Q4P, and has no letter that is read as a digit")
    return f"{bare[:2]}-{bare[2:6]}-{bare[6:]}"


def judge_clock(milliseconds: str, now: datetime) -> tuple[ClockOutcome, int]:
    """``milliseconds`` is what the browser's clock said when it sent the form, since 1970; the way here takes a second or two.

    The seconds are how far it is ahead of ``now``.
    """
    if _MOMENT.fullmatch(milliseconds) is None:
        return ClockOutcome.NOT_ASKED, 0
    ahead = round(int(milliseconds) / 1000 - now.timestamp())
    if abs(ahead) > _FURTHEST_CLOCK.total_seconds():
        return ClockOutcome.NOT_ASKED, 0
    if abs(ahead) <= MOST_CLOCK_DIFFERENCE.total_seconds():
        return ClockOutcome.RIGHT, ahead
    return (ClockOutcome.FAST if ahead > 0 else ClockOutcome.SLOW), ahead


def judge_tls(protocol: str) -> TlsOutcome:
    """``protocol`` as OpenSSL, HAProxy and nginx write it; older ones than 1.2 never get here."""
    return {"TLSv1.3": TlsOutcome.TLS_1_3, "TLSv1.2": TlsOutcome.TLS_1_2}.get(protocol, TlsOutcome.NOT_TOLD)
