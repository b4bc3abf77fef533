"""Signing in to a WebVartti as a browser does: the public host starts it, the card host sees the card, the ticket goes back."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from webvartti.cards.curl_engine import post_with_card
from webvartti.cards.errors import ServiceNotReached, ServicePageUnexpected
from webvartti.cards.service_pages import LARGEST_PAGE, ServicePage, address
from webvartti.domain.card_in_reader import SignInOutcome

_SECONDS = 15
_MOST_REDIRECTS = 5
_EXAMPLE = "the address of the service looks like https://webvartti.example.fi"


@dataclass(frozen=True, slots=True)
class CardForTls:
    """What TLS takes from the card: the certificate's iD in hexadecimal, PIN1, and the PKCS#11 module that speaks with it.

    ``serials`` are what the module may call it, to be tried in turn: as soon as one names a token, the PIN goes to that one.
    """

    identifier: str
    serials: tuple[str, ...]
    pin: str = field(repr=False)
    module: Path


def sign_in(origin: str, card: CardForTls, ca_file: Path | None) -> SignInOutcome:
    """Sign in, look at the first page, and sign out again.

    Raises SignInToolsMissing, ServiceNotReached, ServicePageUnexpected.
    """
    public = _PublicHost(origin, ca_file)
    url, page = public.get(f"{origin}/en/sign-in")
    pages = [f"{url}  {page.heading}"]
    action, fields = page.form("/sign-in")
    card_origin = "{0.scheme}://{0.netloc}".format(urlsplit(action))
    html, handshake = post_with_card(
        action,
        fields,
        origin,
        identifier=card.identifier,
        serials=card.serials,
        pin=card.pin,
        module=card.module,
        ca_file=ca_file,
    )
    page = ServicePage(html)
    pages.append(f"{action}  {page.heading}")
    if page.refusal:
        return SignInOutcome(False, page.heading, page.refusal, handshake, tuple(pages))
    action, fields = page.form("/sign-in/finish")
    url, page = public.post(action, fields, card_origin)
    pages.append(f"{url}  {page.heading}")
    outcome = SignInOutcome(True, page.heading, "", handshake, tuple(pages))
    action, fields = page.form("/sign-out")
    public.post(address(url, action), fields, origin)
    return outcome


class _PublicHost:
    """Its pages, with the cookies that it sets; nothing is kept when the sign-in is over."""

    def __init__(self, origin: str, ca_file: Path | None) -> None:
        try:
            parts = urlsplit(origin)
            self._host, self._port = parts.hostname or "", parts.port or 443
        except ValueError as problem:
            raise ServiceNotReached(origin, _EXAMPLE) from problem
        if parts.scheme != "https" or not self._host or parts.path.strip("/") or parts.query or not origin.isprintable():
            raise ServiceNotReached(origin, _EXAMPLE)
        try:
            self._context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
        except (OSError, ssl.SSLError) as problem:
            raise ServiceNotReached(origin, f"{ca_file} holds no certificates") from problem
        self._cookies = SimpleCookie()

    def get(self, url: str) -> tuple[str, ServicePage]:
        """Where redirects end, and the page there."""
        return self._ask("GET", url, None, {})

    def post(self, url: str, fields: Mapping[str, str], origin: str) -> tuple[str, ServicePage]:
        """Send a form that stood on a page of ``origin``."""
        headers = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, urlencode(fields), headers)

    def _ask(self, method: str, url: str, body: str | None, headers: Mapping[str, str]) -> tuple[str, ServicePage]:
        for _ in range(_MOST_REDIRECTS):
            status, location, html = self._exchange(method, url, body, headers)
            if status not in (301, 302, 303, 307, 308):
                page = ServicePage(html)
                if status >= 400:
                    raise ServicePageUnexpected(f"{url} answered {status}: {page.heading or 'no page'}")
                return url, page
            method, url, body, headers = "GET", address(url, location), None, {}
        raise ServicePageUnexpected(f"{url} goes on redirecting")

    def _exchange(self, method: str, url: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, str, str]:
        parts = urlsplit(url)
        if (parts.hostname, parts.port or 443) != (self._host, self._port):
            raise ServicePageUnexpected(f"the service sends on to another host: {parts.hostname}")
        sent = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items() if morsel.value)
        connection = _Local(self._host, self._port, context=self._context, timeout=_SECONDS)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, body, {**headers, "Cookie": sent})
            response = connection.getresponse()
            html = response.read(LARGEST_PAGE).decode("utf-8", "replace")
        except (OSError, HTTPException, ValueError) as problem:
            raise ServiceNotReached(url, str(problem) or type(problem).__name__) from problem
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            try:
                self._cookies.load(line)
            except CookieError as problem:
                raise ServicePageUnexpected("the service sets a cookie that can't be read") from problem
        return response.status, response.headers.get("Location", ""), html


class _Local(HTTPSConnection):
    """As any connection, save that names under .localhost are this machine (RFC 6761, 6.3), which not every resolver knows."""

    def connect(self) -> None:
        if not self.host.endswith(".localhost"):
            super().connect()
            return
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]  # HTTPSConnection sets it
