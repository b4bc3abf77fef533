"""How often anybody may try. A limit slows a machine down; it must never keep out the holder whom it meets by mistake.

What counts an attempt: first the card, where TLS or a session has proven it, so that nobody else can use a card's attempts up;
then the browser, by the random cookie that we gave it; last the address, with room for a hospital behind one. An attempt that
proves something (a judged card, a session) is counted apart from those that prove nothing: whoever has no card can't use up the
attempts of those at the same address who have.

The arithmetic is the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"). Of each key one moment is kept, until
when its attempts so far are spent; each attempt moves it on by ``period / most``; an attempt that would move it further than
one period ahead of now is refused, and moves nothing. So ``most`` attempts may come at once, and then one every
``period / most``: there is no window at whose edge twice as many would pass in a moment, none that keeps somebody waiting to
its end, and an answer of refusal doesn't lengthen the wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.holders import CardId

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def client_network(address: str) -> str:
    """Whom an IP address stands for, the same text for the same client: of IPv6 its /64 (one household's or ward's), whose
    hosts choose their own addresses; empty where it is no address.
    """
    try:
        found = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return ":".join(found.exploded.split(":")[:4]) if found.version == 6 else str(found)


class Purpose(StrEnum):
    """What is tried. Each is counted by itself."""

    SIGN_IN = "sign-in"
    REFUSED_SIGN_IN = "refused-sign-in"
    TICKET = "ticket"
    FEEDBACK = "feedback"
    CARD_CHECK = "card-check"
    FORM = "form"


class CountedBy(StrEnum):
    """Whose attempts these are."""

    CARD = "card"
    BROWSER = "browser"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Client:
    """Who sends a request. In clear, in memory only; what is empty isn't known, and nothing is counted by it."""

    address: str = ""
    browser: str = ""
    card: CardId | None = None

    def names(self) -> Mapping[CountedBy, str]:
        """One text for each that is known."""
        card = f"{self.card.issuer_key} {self.card.serial}" if self.card else ""
        known = {CountedBy.CARD: card, CountedBy.BROWSER: self.browser, CountedBy.ADDRESS: self.address}
        return {by: name for by, name in known.items() if name}


NOBODY = Client()
"""An operator, or a test."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many attempts may come at once, and then again in each ``period``, by whom; by whom there is no limit isn't named."""

    period: timedelta
    most: Mapping[CountedBy, int]

    def cost(self, by: CountedBy) -> timedelta:
        """What one attempt spends of the period."""
        return self.period / self.most[by]

    def wait(self, spent_until: datetime, now: datetime) -> timedelta:
        """How long an attempt would have had to wait, which with it leads to ``spent_until``; nothing where it may pass."""
        return max(spent_until - (now + self.period), timedelta(0))


class LimitReached(WebVarttiError):
    """Too many attempts; nothing was done. ``purpose`` is what was tried, ``again`` is when the next may pass."""

    code = "limit-reached"

    def __init__(self, purpose: Purpose, again: datetime) -> None:
        super().__init__(str(purpose))
        self.purpose = purpose
        self.again = again


def allowances(address_limit: int) -> Mapping[Purpose, Allowance]:
    """The policy. ``address_limit``: sign-ins or forms a minute from one address, from the settings."""
    card, browser, address = CountedBy.CARD, CountedBy.BROWSER, CountedBy.ADDRESS
    return {
        # A person at a slow reader signs in once or twice a minute; a card that is left in a reader with a runaway page in
        # front of it is slowed down to one sign-in in six seconds. A ward's computer serves a queue of people: a browser more.
        Purpose.SIGN_IN: Allowance(MINUTE, {card: 10, browser: 20, address: address_limit}),
        # No card was proven, so none is counted: an expired or wrong certificate, or none.
        Purpose.REFUSED_SIGN_IN: Allowance(MINUTE, {browser: 20, address: address_limit}),
        # Refused ones: an unspent ticket was counted as a sign-in when it was given, so nothing here can stop one. It has 256
        # random bits and one minute: this isn't what keeps it from being guessed.
        Purpose.TICKET: Allowance(MINUTE, {browser: 20, address: address_limit}),
        # People correct a form, go back and send again; no person sends one a second.
        Purpose.FORM: Allowance(MINUTE, {card: 60, address: address_limit}),
        # Somebody who mends a reader tries again and again. Nothing is proven, and each try is stored for a while: so an hour
        # counts, or one address could take the room that is there for everybody.
        Purpose.CARD_CHECK: Allowance(HOUR, {browser: 60, address: max(60, address_limit // 2)}),
        # Written by hand, read by hand. From one address as many an hour as a tenth of the forms a minute.
        Purpose.FEEDBACK: Allowance(HOUR, {card: 5, browser: 5, address: max(5, address_limit // 10)}),
    }
