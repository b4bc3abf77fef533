"""Signing in: the attempt, the ticket that crosses from the card host to the public host, and the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from webvartti.domain.certificates import RevocationStatus
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.holders import CardHolder

ATTEMPT_LIFETIME = timedelta(minutes=5)
TICKET_LIFETIME = timedelta(seconds=60)
FRESH_FOR = timedelta(minutes=15)
"""How long after the handshake a session may do what matters most (change a placed order's address, export)."""


class SessionKind(StrEnum):
    """What a session is good for.

    FULL: all that is the holder's. DRAFT: typing in an order that is held for fresh revocation data, and nothing else.
    """

    FULL = "full"
    DRAFT = "draft"


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
    kind: SessionKind
    holder: CardHolder
    revocation: RevocationStatus
    language: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in holder. ``id_hash`` is the SHA-256 of the cookie's value; ``signed_in_at`` is the handshake's moment."""

    id_hash: str
    kind: SessionKind
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


def session_end(ticket: Ticket, now: datetime, limits: SessionLimits, draft_lane: timedelta) -> datetime:
    """No session outlives the absolute limit or the certificate; a draft session neither the time after nextUpdate."""
    end = min(now + limits.absolute, ticket.holder.not_after)
    if ticket.kind is SessionKind.FULL:
        return end
    next_update = ticket.revocation.next_update
    return now if next_update is None else min(end, next_update + draft_lane)


def secret_hash(value: str) -> str:
    """How a cookie, a ticket or a session id is stored: SHA-256, hex. They are random, so no salt is needed."""
    return sha256(value.encode()).hexdigest()
