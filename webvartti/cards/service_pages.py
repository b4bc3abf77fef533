"""Just enough of a WebVartti page to sign in: its heading, its forms with their hidden fields, what it refuses and why."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from webvartti.cards.errors import ServicePageUnexpected

LARGEST_PAGE = 1 << 20
"""In octets; what a service sends beyond it isn't read."""


def address(page: str, reference: str) -> str:
    """Where this leads from that page. Raises ServicePageUnexpected."""
    try:
        found = urljoin(page, reference)
        urlsplit(found).port  # noqa: B018 - read to see whether it can be
    except ValueError as problem:
        raise ServicePageUnexpected("an address on a page of the service can't be read") from problem
    return found


class ServicePage(HTMLParser):
    """Parsed once, at the beginning. ``refusal`` is the service's code for why it doesn't let the card in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.heading = ""
        self.refusal = ""
        self._forms: list[tuple[str, dict[str, str]]] = []
        self._in_heading = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        values = {name: value or "" for name, value in attrs}
        self.refusal = self.refusal or values.get("data-refusal", "")
        self._in_heading = tag == "h1" and not self.heading
        if tag == "form":
            self._forms.append((values.get("action", ""), {}))
        elif tag == "input" and self._forms and "name" in values:
            self._forms[-1][1][values["name"]] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        """The first heading's text."""
        if self._in_heading:
            self.heading = data.strip()
            self._in_heading = False

    def form(self, ending: str) -> tuple[str, dict[str, str]]:
        """Action and fields of the first form whose action ends so. Raises ServicePageUnexpected."""
        for action, fields in self._forms:
            if urlsplit(address("", action)).path.endswith(ending):
                return action, fields
        raise ServicePageUnexpected(f"the page has no form to {ending}: is a WebVartti there?")
