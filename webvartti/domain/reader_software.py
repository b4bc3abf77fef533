"""What a browser learned when it asked for the card reader software at its SCS interface, and what that means.

SCS (signature creation service) answers ``GET https://localhost:53952/version`` with JSON. Whatever answers at that port of a
visitor's machine may be anything, and what it said comes to us through the visitor: hostile twice over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SCS_ORIGIN = "https://localhost:53952"
"""The same on every machine: the specification names the port."""

LONGEST_ANSWER = 4096
"""Characters. Real answers have about three hundred."""

_VERSION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4}){1,3}")
_KNOWN_MAJOR = 1
_LONGEST_LIST, _LONGEST_NAME = 64, 64
_OTHER_FIELDS = ("httpMethods", "contentTypes", "signatureTypes")

Version = tuple[int, ...]


class Asked(StrEnum):
    """How the browser's question ended. The browser can't tell why nothing was reached: that is kept from pages."""

    NOT_AT_ALL = ""
    ANSWERED = "answered"
    NOT_REACHED = "not-reached"
    FORBIDDEN = "forbidden"
    TOO_SLOW = "too-slow"
    WITHHELD = "withheld"
    """Something answered, and doesn't let pages read what: no SCS, which lets every page read its version."""


class SoftwareOutcome(StrEnum):
    """What is known of the reader software."""

    READY = "card-in-reader"
    NO_CARD = "no-card-in-reader"
    TOO_OLD = "reader-software-too-old"
    NOT_REACHED = "reader-software-not-reached"
    FORBIDDEN = "local-access-forbidden"
    TOO_SLOW = "reader-software-too-slow"
    OTHER_PROGRAM = "not-reader-software"
    NOT_ASKED = "reader-software-not-asked"


_UNANSWERED: Mapping[Asked, SoftwareOutcome] = {
    Asked.NOT_AT_ALL: SoftwareOutcome.NOT_ASKED,
    Asked.NOT_REACHED: SoftwareOutcome.NOT_REACHED,
    Asked.FORBIDDEN: SoftwareOutcome.FORBIDDEN,
    Asked.TOO_SLOW: SoftwareOutcome.TOO_SLOW,
    Asked.WITHHELD: SoftwareOutcome.OTHER_PROGRAM,
}


@dataclass(frozen=True, slots=True)
class SoftwareVerdict:
    """``version`` is that of the interface, as it was told; empty where none that could be one was."""

    outcome: SoftwareOutcome
    version: str = ""


class _NotScs(ValueError):
    """Not what the specification says."""


def asked(text: str) -> Asked:
    """How the question ended, as the browser reports it; what isn't one of the words is as if it hadn't asked."""
    return Asked(text) if text in set(Asked) else Asked.NOT_AT_ALL


def version_number(text: str) -> Version:
    """1.0.1 as (1, 0, 1). Raises ValueError."""
    if _VERSION.fullmatch(text) is None:
        raise ValueError("not a version")
    return tuple(int(part) for part in text.split("."))


def judge_software(how: Asked, answer: str, minimum: Version) -> SoftwareVerdict:
    """``answer`` is the body of /version as it came, ``minimum`` the oldest version of the interface that will do."""
    if how is not Asked.ANSWERED:
        return SoftwareVerdict(_UNANSWERED[how])
    version = ""
    try:
        fields = _fields(answer)
        version = _version(fields)
        card = _names(fields.get("hashAlgorithms"))
    except _NotScs:
        return SoftwareVerdict(SoftwareOutcome.OTHER_PROGRAM, version)
    number = version_number(version)
    if number[0] != _KNOWN_MAJOR:
        return SoftwareVerdict(SoftwareOutcome.OTHER_PROGRAM, version)
    if _padded(number) < _padded(minimum):
        return SoftwareVerdict(SoftwareOutcome.TOO_OLD, version)
    return SoftwareVerdict(SoftwareOutcome.READY if card else SoftwareOutcome.NO_CARD, version)


def _fields(answer: str) -> Mapping[str, object]:
    if len(answer) > LONGEST_ANSWER:
        raise _NotScs
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError too
        raise _NotScs from None
    if not isinstance(found, dict) or not any(name in found for name in _OTHER_FIELDS):
        raise _NotScs
    return found


def _version(fields: Mapping[str, object]) -> str:
    found = fields.get("version")
    if not isinstance(found, str) or _VERSION.fullmatch(found) is None:
        raise _NotScs
    return found


def _names(found: object) -> tuple[str, ...]:
    """A list, or as some programs write it one text with commas; missing or null is an empty one."""
    if found is None:
        return ()
    names = found.split(",") if isinstance(found, str) else found
    if not isinstance(names, list) or len(names) > _LONGEST_LIST:
        raise _NotScs
    if not all(isinstance(name, str) and len(name) <= _LONGEST_NAME for name in names):
        raise _NotScs
    return tuple(name.strip() for name in names if name.strip())


def _padded(version: Version) -> Version:
    """1.1 and 1.1.0 are the same."""
    return (*version, 0, 0, 0, 0)[:4]
