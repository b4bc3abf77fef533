"""One holder renews a card, scripted: real TLS with the card's key, the real pages, their forms and tokens, as a browser."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from socket import create_connection
from urllib.parse import urlencode, urljoin, urlsplit

from webvartti.demo.country import Country
from webvartti.demo.errors import DemoError

Say = Callable[[str], None]


class RenewalNotFinished(DemoError):
    """A page came that the script didn't expect; the message holds its address, status and heading."""

    code = "renewal-not-finished"


class _Page(HTMLParser):
    """Just enough of a page: its heading, its forms with their filled-in fields, the first of each data- attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.data: dict[str, str] = {}
        self.heading = ""
        self._in_heading = False
        self._menu = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        values = {name: value or "" for name, value in attrs}
        for name, value in values.items():
            if name.startswith("data-"):
                self.data.setdefault(name, value)
        self._in_heading = tag == "h1"
        if tag == "form":
            self.forms.append((values.get("action", ""), {}))
        elif tag == "select":
            self._menu = values.get("name", "")
        elif tag == "option" and "selected" in values and self.forms:
            self.forms[-1][1][self._menu] = values["value"]
        elif tag == "input" and self.forms and (values.get("type") != "radio" or "checked" in values):
            self.forms[-1][1][values.get("name", "")] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        """The text of the first-level heading."""
        if self._in_heading:
            self.heading += data.strip()
            self._in_heading = False

    def form(self, ending: str) -> tuple[str, dict[str, str]]:
        """Action and fields of the last form whose action ends so. Raises RenewalNotFinished."""
        for action, fields in reversed(self.forms):
            if urlsplit(action).path.endswith(ending):
                return action, dict(fields)
        raise RenewalNotFinished(f'the page "{self.heading}" has no form to {ending}')


class _LocalConnection(HTTPSConnection):
    """Goes to this machine whatever the name is, and names the host in TLS and HTTP as it should be."""

    def connect(self) -> None:
        """Python and Debian don't resolve *.localhost by themselves."""
        plain = create_connection(("127.0.0.1", self.port), timeout=15)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]  # set by HTTPSConnection


@dataclass
class Visitor:
    """A browser of a few lines: cookies by host, redirects, one card for the host that asks for it."""

    root: Path
    card: Path | None
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    handshake: str = ""

    def get(self, url: str) -> tuple[str, _Page, int]:
        """Follow redirects; (final address, page, status)."""
        return self._ask("GET", url, None, "")

    def send(self, url: str, fields: dict[str, str], page: str) -> tuple[str, _Page, int]:
        """Post a form that stood on ``page``."""
        parts = urlsplit(page)
        return self._ask("POST", url, urlencode(fields), f"{parts.scheme}://{parts.netloc}")

    def _ask(self, method: str, url: str, body: str | None, origin: str) -> tuple[str, _Page, int]:
        parts = urlsplit(url)
        jar = self.cookies.setdefault(parts.hostname or "", SimpleCookie())
        headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items() if morsel.value)}
        if body is not None:
            headers |= {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        connection = _LocalConnection(parts.hostname or "", parts.port or 443, context=self._context())
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
            self.handshake = f"{connection.sock.version()}, {(connection.sock.cipher() or ('',))[0]}"
            response = connection.getresponse()
            html = response.read().decode()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            jar.load(line)
        if response.status in (301, 302, 303):
            return self._ask("GET", urljoin(url, response.headers["Location"]), None, "")
        return url, _Page(html), response.status

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.root))
        if self.card is not None:
            context.load_cert_chain(self.card)
        return context


def renew(country: Country, slug: str, origin: str, say: Say) -> str:
    """Sign in at the public ``origin`` with the card, order, and return the order's number.

    An order of an earlier run is withdrawn first.

    Raises RenewalNotFinished, UnknownCard.
    """
    visitor = _signed_in(country, slug, origin, say)
    url, page, status = visitor.get(f"{origin}/en/renewal")
    if page.data.get("data-finding") == "order-open":
        _withdraw_earlier(visitor, origin, say)
        url, page, status = visitor.get(f"{origin}/en/renewal")
    url, page, status = _order(visitor, url, page, say)
    number = page.data.get("data-order", "")
    if not number:
        raise RenewalNotFinished(f"{url} answered {status}: {page.data.get('data-finding', page.heading)}")
    say(f"{url}  {page.heading}: {number}, {page.data['data-state']}")
    return number


def ensure_order(country: Country, slug: str, origin: str) -> None:
    """The holder of a story in which an order is on its way already has one afterwards. Raises as ``renew``."""
    visitor = _signed_in(country, slug, origin, lambda line: None)
    url, page, _ = visitor.get(f"{origin}/en/renewal")
    if page.data.get("data-finding") != "order-open":
        _order(visitor, url, page, lambda line: None)


def _signed_in(country: Country, slug: str, origin: str, say: Say) -> Visitor:
    card = country.card(slug)
    visitor = Visitor(country.directory / "server" / "ca.pem", card.chosen_pem)
    url, page, _ = visitor.get(f"{origin}/en/")
    say(f"{url}  {page.heading}")
    action, fields = page.form("/sign-in")
    url, page, status = visitor.send(action, fields, url)
    say(f"{url}  handshake {visitor.handshake}, {card.algorithm} key of {card.name}'s card: {page.heading}")
    if status != 200:
        raise RenewalNotFinished(f"{url} answered {status}: {page.data.get('data-refusal', page.heading)}")
    action, fields = page.form("/sign-in/finish")
    url, page, _ = visitor.send(action, fields, url)
    say(f"{url}  {page.heading}")
    return visitor


def _withdraw_earlier(visitor: Visitor, origin: str, say: Say) -> None:
    _, page, _ = visitor.get(f"{origin}/en/orders")
    number = page.data.get("data-order", "")
    url, page, _ = visitor.get(f"{origin}/en/orders/{number}/withdraw")
    say(f"{url}  {page.heading}")
    action, fields = page.form("")
    visitor.send(urljoin(url, action), fields, url)


def _order(visitor: Visitor, url: str, page: _Page, say: Say) -> tuple[str, _Page, int]:
    action, fields = _form_or_stop(page, "/renewal", url)
    say(f"{url}  {page.heading}")
    fields |= {"email": "aino@webvartti.example"} if not fields.get("email") else {}
    url, page, _ = visitor.send(urljoin(url, action), fields, url)
    action, fields = _form_or_stop(page, "/renewal/check", url)
    say(f"{url}  {page.heading}")
    return visitor.send(urljoin(url, action), fields, url)


def _form_or_stop(page: _Page, ending: str, url: str) -> tuple[str, dict[str, str]]:
    if "data-finding" in page.data and not any(urlsplit(action).path.endswith(ending) for action, _ in page.forms):
        raise RenewalNotFinished(f"{url}: {page.data['data-finding']}")
    return page.form(ending)
