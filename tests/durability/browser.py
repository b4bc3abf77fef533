"""Somebody's browser, which comes to another node with each request, and whose connections break."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from tests.durability.installation import Running
from tests.integration.proxies.client import Answer, connect, context, read, request
from tests.web.visitor import Page
from webvartti.demo.server_certificate import CARD_HOST, PUBLIC_HOST

PATIENCE = 8.0
"""Seconds until somebody gives up waiting for bytes."""

LONGEST_OUTAGE = 60.0
"""Seconds in which a page must come at last."""

SIGN_IN = "/sign-in"


class Interrupted(Exception):
    """No answer came: the connection broke, or nothing came for too long."""


class ServiceStaysAway(Exception):
    """No page came for so long that the service isn't coming back by itself."""


class SignedOut(Exception):
    """Asked to sign in, though nobody had signed out."""


def code_of(answer: Answer) -> str:
    """The code for the help desk on an error page of the application; empty where the proxy made the page."""
    found = re.search(r'<p class="code">[^<]*<strong>([^<]*)', answer.body)
    return found[1] if found else ""


@dataclass
class Browser:
    """``card`` is its holder's; ``random`` chooses the nodes."""

    running: Running
    card: Path
    random: Random
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None, origin: str = "") -> Answer:
        """One request to the public host. Raises Interrupted."""
        front = self.running.front
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items() if morsel.value)
        lines = [f"Cookie: {cookie}".encode()] if cookie else []
        if fields is not None:
            lines.append(f"Origin: {origin or front.public_origin}".encode())
        answer = self._send(PUBLIC_HOST, request(method, path, front.public_host, lines, urlencode(fields or {}).encode()))
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        return answer

    def _send(self, host: str, sent: bytes, card: Path | None = None) -> Answer:
        try:
            with connect(self.running.somewhere(self.random), host, context(card)) as sock:
                sock.settimeout(PATIENCE)
                sock.sendall(sent)
                return read(sock)
        except (OSError, HTTPException) as broken:
            raise Interrupted(type(broken).__name__) from broken

    def page(self, path: str) -> Answer:
        """A page of a session, asked for again until it comes: 200, 303 or 404. Raises ServiceStaysAway, SignedOut."""
        until = time.monotonic() + LONGEST_OUTAGE
        while True:
            try:
                answer = self.ask("GET", path)
            except Interrupted:
                answer = None
            if answer is not None and answer.status in (200, 303, 404):
                break
            if time.monotonic() > until:
                raise ServiceStaysAway(f"{path}: {answer.status if answer else 'no answer'}")
            time.sleep(self.random.uniform(0.05, 0.3))
        if SIGN_IN in answer.headers.get("Location", ""):
            raise SignedOut(path)
        return answer

    def sign_in(self) -> None:
        """Again and again until it has worked. Raises ServiceStaysAway."""
        until = time.monotonic() + LONGEST_OUTAGE
        while not self._signed_in():
            if time.monotonic() > until:
                raise ServiceStaysAway("nobody can sign in")
            time.sleep(self.random.uniform(0.2, 0.8))

    def _signed_in(self) -> bool:
        front = self.running.front
        try:
            start = self.ask("GET", "/en/sign-in")
            if start.status != 200:
                return False
            attempt = urlencode(Page(start.body).form(SIGN_IN)[1]).encode()
            origin = b"Origin: " + front.public_origin.encode()
            handed = self._send(CARD_HOST, request("POST", SIGN_IN, front.card_host, [origin], attempt), self.card)
            if handed.status != 200:
                return False
            finish = Page(handed.body).form("/finish")[1]
            return self.ask("POST", "/en/sign-in/finish", finish, f"https://{front.card_host}").status == 303
        except Interrupted:
            return False
