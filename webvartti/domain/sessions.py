"""Signing in: the attempt, the ticket that crosses from the card host to the public host, and the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from webvartti.domain.certificates import RevocationStatus
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.holders import CardHolder

ATTEMPT_LIFETIME = timedelta(minutes=5)
TICKET_LIFETIME = timedelta(seconds=60)
FRESH_FOR = timedelta(minutes=15)
"""How long after the handshake a session may do what matters most (change a placed order's address, export)."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives: without a request, and at the most."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the card host stores for 60 seconds: hashes only, and who was judged to hold the card."""

    ticket_hash: str
    cookie_hash: str
    holder: CardHolder
    revocation: RevocationStatus
    language: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in holder. ``id_hash`` is the SHA-256 of the cookie's value; ``signed_in_at`` is the handshake's moment."""

    id_hash: str
    holder: CardHolder
    revocation: RevocationStatus
    language: str
    signed_in_at: datetime
    last_seen_at: datetime
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """True where the handshake is recent enough for what matters most."""
        return now - self.signed_in_at <= FRESH_FOR

    def is_alive(self, now: datetime, limits: SessionLimits) -> bool:
        """True while neither limit has passed; ``expires_at`` never lies after the certificate's notAfter."""
        return now < self.expires_at and now - self.last_seen_at < limits.idle


class SignInFailed(WebVarttiError):
    """The hand-over can't be finished; signing in anew is the one next step."""

    code = "sign-in-failed"


class TicketNotValid(SignInFailed):
    """Used, too old, never issued, or started in another browser."""

    code = "ticket-not-valid"


def session_end(now: datetime, certificate_not_after: datetime, limits: SessionLimits) -> datetime:
    """No session outlives the absolute limit or the certificate."""
    return min(now + limits.absolute, certificate_not_after)


def secret_hash(value: str) -> str:
    """How a cookie, a ticket or a session id is stored: SHA-256, hex. They are random, so no salt is needed."""
    return sha256(value.encode()).hexdigest()
