"""One holder on a Monday morning: comes, signs in with the card, orders, reads the receipt, leaves; or leaves earlier."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.load.record import GAVE_UP, SERVED, SHED, Kind, Record, Seen, Stay
from tests.load.wire import Answer, Card, ConnectionLost, Place, Wire, request

LONGEST_WAIT = 30.0
"""Seconds after which a person gives up on a page."""
FORM = {
    "home": "registered", "street": "", "postal_code": "", "post_office": "", "country": "FI", "letter_to": "home",
    "organisation": "", "email": "holder@example.fi", "telephone": "", "contact_language": "fi",
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """Both hosts, and a TLS context for each, made once for everybody: the server's certificate isn't looked at."""

    public: Place
    card: Place
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)

    def context(self, place: Place) -> ssl.SSLContext:
        """With the card host's, a certificate may be loaded; never with the public host's."""
        if place.name not in self.contexts:
            made = self.contexts[place.name] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE  # to check it would be the generator's work, not the service's
        return self.contexts[place.name]


class Refused(Exception):
    """This person gets no page; the text is the outcome for the record."""


@dataclass(frozen=True)
class Click:
    """One step of the way, and the share of those who have done it and then go away."""

    kind: Kind
    name: str
    leaving: float


WAY = (
    Click(Kind.PAGE, "front_page", 0.08),
    Click(Kind.SIGN_IN, "sign_in", 0.07),
    Click(Kind.PAGE, "delivery", 0.05),
    Click(Kind.PAGE, "check", 0.03),
    Click(Kind.ORDER, "order", 0.40),
    Click(Kind.PAGE, "sign_out", 0.0),
)
"""Of 100 who come, 92 click "sign in", 79 order, and 47 of those sign out; the others just close the browser."""


@dataclass
class Person:
    """A browser with cookies, a cold cache and a card. ``thinking`` is the mean of the seconds between two clicks; ``sent`` is
    every request so far, with where it went.
    """

    site: Site
    card: Card
    source: str
    record: Record
    chance: Random
    thinking: float
    way: Sequence[Click] = WAY
    sent: list[tuple[Place, bytes]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    since: float | None = None
    _requests: int = 0

    async def visit(self, arriving: float) -> None:
        """The whole way. ``arriving`` is when this person meant to come, by the event loop's clock."""
        loop = asyncio.get_running_loop()
        clicking = arriving
        self.wire = Wire(self.site.public, self.site.context(self.site.public), self.source)
        outcome = SERVED
        self.record.inside += 1
        try:
            for click in self.way:
                self.record.late.append((clicking, loop.time() - clicking))
                outcome = await self._see(click, clicking)
                if outcome != SERVED or self.chance.random() < click.leaving:
                    return
                clicking = loop.time() + self.chance.expovariate(1 / self.thinking)
                await asyncio.sleep(clicking - loop.time())
        finally:
            self.record.inside -= 1
            self.wire.close()
            if self.since is not None:
                self.record.stays.append(Stay(self.since, loop.time(), outcome))

    async def _see(self, click: Click, clicking: float) -> str:
        loop = asyncio.get_running_loop()
        was_inside, self._requests = self.since is not None, 0
        doing: Callable[[], Awaitable[None]] = getattr(self, f"_{click.name}")
        begun = Seen(click.kind, clicking, 0.0, "", was_inside, 0)
        self.record.waiting[id(self)] = begun
        try:
            async with asyncio.timeout_at(clicking + LONGEST_WAIT):
                await doing()
            outcome = SERVED
        except TimeoutError:
            outcome = GAVE_UP
        except Refused as refused:
            outcome = str(refused)
        except ssl.SSLError as problem:
            outcome = f"TLS: {problem.reason}"
        except (OSError, ConnectionLost) as problem:
            outcome = type(problem).__name__
        finally:
            del self.record.waiting[id(self)]
        self.record.seen.append(Seen(click.kind, clicking, loop.time(), outcome, was_inside, self._requests))
        return outcome

    async def _front_page(self) -> None:
        await self._get("/fi/")
        for asset in ("webvartti.css", "mark.svg"):
            await self._get(f"/static/{asset}")

    async def _sign_in(self) -> None:
        """What the page's button and the small script of the card host's page do."""
        attempt = {"attempt": self.fields["attempt"]}
        at_card = Wire(self.site.card, self.site.context(self.site.card), self.source, self.card)
        try:
            headers = {"Origin": self.site.public.origin}
            await self._ask(at_card, request("POST", "/sign-in", self.site.card, headers, attempt), 200)
        finally:
            at_card.close()
        await self._get("/static/continue.js")
        await self._post("/fi/sign-in/finish", {"ticket": self.fields["ticket"]}, self.site.card.origin)
        self.since = asyncio.get_running_loop().time()
        await self._get("/fi/card")

    async def _delivery(self) -> None:
        await self._get("/fi/renewal")

    async def _check(self) -> None:
        await self._post("/fi/renewal", {**self._token(), **FORM})
        await self._get("/fi/renewal/check")

    async def _order(self) -> None:
        sent = {**self._token(), "key": self.fields["key"], "seen": self.fields["seen"]}
        receipt = await self._post("/fi/renewal/check", sent)
        if not receipt.endswith("/receipt"):
            raise Refused("no receipt")
        await self._get(receipt)

    async def _sign_out(self) -> None:
        await self._post("/fi/sign-out", self._token())
        await self._get("/fi/signed-out")

    def _token(self) -> dict[str, str]:
        return {"csrf_token": self.fields["csrf_token"]}

    async def _get(self, path: str) -> None:
        await self._ask(self.wire, request("GET", path, self.site.public, self._kept(), None), 200)

    async def _post(self, path: str, fields: dict[str, str], origin: str = "") -> str:
        """Where the answer leads: a redirect is what follows a form that was accepted."""
        headers = {"Origin": origin or self.site.public.origin, **self._kept()}
        answer = await self._ask(self.wire, request("POST", path, self.site.public, headers, fields), 303)
        return answer.header(b"location").decode()

    def _kept(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies} if cookies else {}

    async def _ask(self, wire: Wire, request: bytes, expected: int) -> Answer:
        self.sent.append((wire.place, request))
        return self._took(await wire.ask(request), expected)

    def _took(self, answer: Answer, expected: int) -> Answer:
        """Keep what a browser keeps. Raises Refused."""
        self._requests += 1
        if answer.status == 503 and answer.header(b"retry-after") and b"<h1" in answer.body:
            raise Refused(SHED)
        if answer.status != expected:
            raise Refused(f"status {answer.status}")
        self.cookies = {name: value for name, value in (self.cookies | answer.cookies).items() if value}
        if answer.header(b"content-type").startswith(b"text/html"):
            self.fields = answer.fields
        return answer
