"""A33: nothing personal and nothing secret in any log, at any level; and proof that the search would find it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import Installation
from tests.databases import away, forbid_inserts
from tests.web.visitor import Page, Site, Visitor, build_site
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.registers import RegisterKind
from webvartti.services import Services
from webvartti.telemetry.log_lines import REQUEST_FIELDS, JsonLines, LogLines, PlainLines
from webvartti.web.request_ids import current_request_id

EMAIL, TELEPHONE, STREET, FEEDBACK = "canary@example.fi", "040 777 1234", "Kanarialintukuja 7", "canary in the feedback"


class Everything(logging.Handler):
    """All that anybody logs, as ``lines`` writes it, or with exceptions written out."""

    def __init__(self, lines: logging.Formatter | None = None) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(lines or logging.Formatter("%(levelname)s %(name)s %(message)s %(exc_text)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def holding(self, canaries: set[str]) -> list[str]:
        return [line for line in self.lines if any(canary and canary in line for canary in canaries)]


@contextmanager
def listening(handler: Everything) -> Iterator[Everything]:
    """At every level."""
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def logs() -> Iterator[Everything]:
    with listening(Everything()) as handler:
        yield handler


def do_everything(site: Site, installation: Installation) -> set[str]:
    """Sign in, order, withdraw, fail in many ways; the canaries that were planted on the way."""
    visitor = site.visitor("aino")
    attempt = visitor.start()["attempt"]
    start = visitor.cookie("__Host-start")
    handed = visitor.at_card_host({"attempt": attempt})
    ticket = Page(handed.text).form("/finish")[1]["ticket"]
    visitor.sign_in()
    session = visitor.cookie("__Host-session")
    typed = {"home": "other", "street": STREET, "postal_code": "00100", "post_office": "Helsinki"}
    receipt = visitor.follow(visitor.order(email=EMAIL, telephone=TELEPHONE, **typed))
    number = Page(receipt.text).values("data-order")[0]
    visitor.submit(visitor.get(f"/en/orders/{number}/withdraw"), "", version="9")
    visitor.submit(visitor.get(f"/en/orders/{number}/withdraw"))
    visitor.submit(visitor.get("/en/feedback"), text=FEEDBACK, reply_to=EMAIL)
    for slug in [card.slug for card in site.country.cards if card.sign_in not in ("accepted", "tls-alert")]:
        refused = site.visitor(slug)
        refused.at_card_host(refused.start())
    site.services.worker.run(site.services.clock())
    _fail(site, installation, visitor)
    card = site.country.card("aino")
    fingerprint = site.certificate("aino").hex()
    identity_codes = {line.split(",")[1] for line in _extract(installation, "persons")[1:]}
    return {EMAIL, TELEPHONE, STREET, FEEDBACK, start, ticket, session, attempt, card.number, card.certificate_serial,
            card.name, fingerprint, fingerprint[:40], *identity_codes}  # fmt: skip


def _extract(installation: Installation, name: str) -> list[str]:
    return (installation.country.directory / "registers" / f"{name}.csv").read_text(encoding="utf-8").splitlines()


def _fail(site: Site, installation: Installation, visitor: Visitor) -> None:
    """Bad rows in an extract, a database that says no, an unexpected error in a page."""
    bad = installation.directory / "bad.csv"
    rows = _extract(installation, "persons")
    bad.write_text("\n".join([rows[0], *(row.replace("no", "maybe") for row in rows[1:])]), encoding="utf-8")
    services = site.services
    report = services.registers.load_extract(
        RegisterKind.PERSONS, bad, skip_bad=False, operator="test", now=services.clock(), progress=lambda done, total: None
    )
    codes = {row.split(",")[1] for row in rows[1:]}
    assert report.bad_rows
    assert not any(code in row.problem for row in report.bad_rows for code in codes)
    forbid_inserts(installation.url, "orders")
    assert visitor.order(email=EMAIL).status_code >= 500
    with away(installation.url):
        assert visitor.get("/en/card").status_code == 503


def test_a33_no_canary_in_any_log(installation: Installation, services: Services, logs: Everything) -> None:
    site = build_site(installation.settings, services, installation.country)
    canaries = do_everything(site, installation)
    assert len(canaries) > 20
    assert logs.lines
    assert logs.holding(canaries) == []


@pytest.mark.parametrize("form", [PlainLines, JsonLines])
def test_a33_no_canary_in_the_lines_that_are_written(
    installation: Installation, services: Services, form: type[LogLines]
) -> None:
    """The same over each format, in which every record must be one line, and in JSON an object of known fields."""
    site = build_site(installation.settings, services, installation.country)
    with listening(Everything(form(current_request_id))) as logs:
        canaries = do_everything(site, installation)
        logging.getLogger("webvartti.leaky").debug("order of %s", EMAIL)
    assert logs.holding(canaries) == logs.lines[-1:], "the leak that was made for it"
    assert [line for line in logs.lines if "\n" in line] == []
    if form is JsonLines:
        objects = [json.loads(line) for line in logs.lines]
        known = {"time", "level", "logger", "message", "request_id", "exception", *REQUEST_FIELDS}
        assert all(set(each) <= known for each in objects)
        requests = [each for each in objects if each["logger"] == "webvartti.requests"]
        assert {"card_listener.judge", "renewals.send", "orders.withdraw"} <= {each["endpoint"] for each in requests}
        assert all({"request_id", *REQUEST_FIELDS} <= set(each) for each in requests)
        assert len({each["request_id"] for each in requests}) == len(requests)


def test_a33_the_search_finds_a_leak(logs: Everything) -> None:
    logging.getLogger("webvartti.leaky").debug("order of %s", EMAIL)
    try:
        raise WebVarttiError(STREET)
    except WebVarttiError:
        logging.getLogger("webvartti.leaky").exception("failed")
    assert len(logs.holding({EMAIL})) == 1
    assert len(logs.holding({STREET})) == 1
