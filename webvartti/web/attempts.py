"""A sign-in attempt: what the public page hands to the card host. Signed, bound to one browser, five minutes old at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(site().key, salt="webvartti.sign-in-attempt")


def signed_attempt(cookie: str, language: str, now: datetime) -> str:
    """The attempt as a form field."""
    return str(_serializer().dumps([secret_hash(cookie), language, int(now.timestamp())]))


def read_attempt(text: str, now: datetime) -> Attempt:
    """The attempt out of the form field. Raises AttemptNotValid."""
    try:
        cookie_hash, language, started = _serializer().loads(text)
    except (BadSignature, ValueError, TypeError):
        raise AttemptNotValid from None
    age = now.timestamp() - started
    if not 0 <= age + 1 <= ATTEMPT_LIFETIME.total_seconds() + 1 or language not in LANGUAGES:
        raise AttemptNotValid
    return Attempt(cookie_hash, language)
