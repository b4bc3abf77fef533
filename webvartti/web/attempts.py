"""What the public page hands to the card host: an attempt to sign in, or a try of the card that signs nobody in.

Signed and bound to one browser; an attempt is good for five minutes, a try for an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.sessions import ATTEMPT_LIFETIME, secret_hash
from webvartti.web.languages import LANGUAGES
from webvartti.web.site import site


class AttemptNotValid(WebVarttiError):
    """Not signed by the public host, or too old: start again from the sign-in page."""

    code = "attempt-not-valid"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which browser started (the hash of its start cookie), and in which language."""

    cookie_hash: str
    language: str


@dataclass(frozen=True, slots=True)
class CheckAttempt:
    """A try of the card that signs nobody in: ``code`` is the support code under which the outcome is kept."""

    cookie_hash: str
    language: str
    code: str


TRY_LIFETIME = timedelta(hours=1)
"""Somebody who mends a reader has the page open for a while."""


def _serializer(salt: str = "webvartti.sign-in-attempt") -> URLSafeSerializer:
    return URLSafeSerializer(site().key, salt=salt)


def _check_serializer() -> URLSafeSerializer:
    return _serializer("webvartti.card-check")  # another salt: neither attempt passes for the other


def signed_attempt(cookie: str, language: str, now: datetime) -> str:
    """The attempt as a form field."""
    return str(_serializer().dumps([secret_hash(cookie), language, int(now.timestamp())]))


def read_attempt(text: str, now: datetime) -> Attempt:
    """The attempt out of the form field. Raises AttemptNotValid."""
    try:
        cookie_hash, language, started = _serializer().loads(text)
    except (BadSignature, ValueError, TypeError):
        raise AttemptNotValid from None
    _refuse_old(started, ATTEMPT_LIFETIME, now)
    if language not in LANGUAGES:
        raise AttemptNotValid
    return Attempt(cookie_hash, language)


def _refuse_old(started: int, lifetime: timedelta, now: datetime) -> None:
    age = now.timestamp() - started
    if not 0 <= age + 1 <= lifetime.total_seconds() + 1:
        raise AttemptNotValid


def signed_check(cookie_hash: str, language: str, code: str, now: datetime) -> str:
    """The try as a form field."""
    return str(_check_serializer().dumps([cookie_hash, language, code, int(now.timestamp())]))


def read_check(text: str, now: datetime) -> CheckAttempt:
    """The try out of the form field. Raises AttemptNotValid."""
    try:
        cookie_hash, language, code, started = _check_serializer().loads(text)
    except (BadSignature, ValueError, TypeError):
        raise AttemptNotValid from None
    _refuse_old(started, TRY_LIFETIME, now)
    if language not in LANGUAGES:
        raise AttemptNotValid
    return CheckAttempt(cookie_hash, language, code)
