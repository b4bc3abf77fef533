"""A browser for page tests: two hosts, one cookie jar each, the card's certificate at the card host only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webvartti.app import create_app
from webvartti.config import Settings
from webvartti.demo.country import Country
from webvartti.services import Services

PUBLIC = "https://webvartti.localhost:8443"
CARD = "https://card.webvartti.localhost:8444"


class Page(HTMLParser):
    """The bones of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.forms: list[tuple[dict[str, str], dict[str, str]]] = []
        self._menu = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "form":
            self.forms.append((values, {}))
        elif tag == "select":
            self._menu = values.get("name", "")
        elif tag == "option" and "selected" in values and self.forms:
            self.forms[-1][1][self._menu] = values["value"]
        elif tag == "input" and self.forms and (values.get("type") != "radio" or "checked" in values):
            self.forms[-1][1][values.get("name", "")] = values.get("value", "")
        elif tag == "textarea" and self.forms:
            self.forms[-1][1].setdefault(values["name"], "")

    def form(self, ending: str = "") -> tuple[str, dict[str, str]]:
        """Action and fields of the last form whose action ends so."""
        found = [(form.get("action", ""), fields) for form, fields in self.forms if form.get("action", "").endswith(ending)]
        assert found, f"no form to {ending}"
        return found[-1]

    def values(self, attribute: str) -> list[str]:
        """Every value of one attribute."""
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


@dataclass
class Visitor:
    """Somebody at a computer. ``card`` is the DER of the certificate that the browser would send, None without a card."""

    public: FlaskClient
    card_host: FlaskClient
    card: bytes | None = None
    seen: list[TestResponse] = field(default_factory=list)

    def get(self, path: str) -> TestResponse:
        return self._keep(self.public.get(path, base_url=PUBLIC))

    def post(self, path: str, fields: dict[str, str], origin: str = PUBLIC) -> TestResponse:
        return self._keep(self.public.post(path, base_url=PUBLIC, data=fields, headers={"Origin": origin}))

    def submit(self, page: TestResponse, ending: str = "", **changes: str) -> TestResponse:
        """Fill in and send the form of a page."""
        action, fields = Page(page.text).form(ending)
        path = urlsplit(urljoin(page.request.url, action)).path
        return self.post(path, {**fields, **changes})

    def follow(self, response: TestResponse) -> TestResponse:
        """Go where a redirect leads."""
        assert response.status_code == 303, response.status_code
        return self.get(response.headers["Location"])

    def at_card_host(self, fields: dict[str, str], origin: str = PUBLIC, path: str = "/sign-in") -> TestResponse:
        """Post an attempt with the card in the reader."""
        environ = {} if self.card is None else {"webvartti.client_certificate": self.card}
        return self._keep(
            self.card_host.post(path, base_url=CARD, data=fields, headers={"Origin": origin}, environ_overrides=environ)
        )

    def start(self, language: str = "en") -> dict[str, str]:
        """The fields of the form to the card host."""
        return Page(self.get(f"/{language}/sign-in").text).form("/sign-in")[1]

    def sign_in(self, language: str = "en") -> TestResponse:
        """All three steps; the last response."""
        handed = self.at_card_host(self.start(language))
        assert handed.status_code == 200, re.findall('data-refusal="([^"]*)', handed.text)
        action, fields = Page(handed.text).form("/finish")
        return self.post(urlsplit(action).path, fields, CARD)

    def order(self, **changes: str) -> TestResponse:
        """From signed in to the response of "send"; ``changes`` go into the delivery form."""
        kept = self.submit(self.get("/en/renewal"), "/renewal", **{"email": "aino@example.fi", **changes})
        return self.submit(self.follow(kept), "/check")

    def cookie(self, name: str) -> str:
        """The value of a cookie of the public host, empty where there is none."""
        found = self.public.get_cookie(name, domain="webvartti.localhost")
        return found.value if found else ""

    def _keep(self, response: TestResponse) -> TestResponse:
        self.seen.append(response)
        return response


@dataclass(frozen=True)
class Site:
    """Both applications over one set of services."""

    public: Flask
    card: Flask
    country: Country
    services: Services

    def visitor(self, slug: str = "") -> Visitor:
        """A visitor with this holder's card (the certificate that the story chooses), or without one."""
        clients = self.public.test_client(), self.card.test_client()
        for client in clients:
            client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return Visitor(*clients, self.certificate(slug) if slug else None)

    def certificate(self, slug: str) -> bytes:
        """The DER that a browser would send for this holder."""
        pem = self.country.card(slug).chosen_pem.read_bytes()
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)

    def signed_in(self, slug: str = "aino", language: str = "en") -> Visitor:
        """A visitor who has signed in."""
        visitor = self.visitor(slug)
        assert visitor.sign_in(language).status_code == 303
        return visitor


def build_site(settings: Settings, services: Services, country: Country) -> Site:
    """Both listeners' applications."""
    return Site(create_app(settings, services, "public"), create_app(settings, services, "card"), country, services)
