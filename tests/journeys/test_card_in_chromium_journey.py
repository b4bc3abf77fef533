"""The main job with the card in a reader: pcscd, OpenSC, Chromium, and TLS to the running service, signed by the card."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Page, expect

from tests.integration.cards.virtual_reader import CardService, InTheReader, needs_pcscd, private_pcscd, wait_until
from tests.journeys.card_in_chromium import built_shim, files_with_key, keys_below, needs_p11_kit, reader_software
from tests.journeys.conftest import Running
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot
from webvartti.domain.orders import Order

pytestmark = [pytest.mark.journey, needs_pcscd, needs_p11_kit, pytest.mark.timeout(300)]
PIN1 = DEMO_PINS[PinSlot.PIN1]
NOTICES_AFTER_SECONDS = 3
"""NSS asks a reader once a second at most; sooner, Chromium would ask the card that is out, and show an error of its own."""


@pytest.fixture(scope="module")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardService]:
    with private_pcscd(tmp_path_factory.mktemp("pcscd")) as service:
        yield service


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_shim(tmp_path_factory.mktemp("shim"))


def signatures(card: InTheReader) -> int:
    """By the key for signing in."""
    return sum(1 for line in card.said if line.startswith("COMPUTE DIGITAL SIGNATURE with the authentication key"))


def handshakes(caplog: pytest.LogCaptureFixture) -> int:
    """At the card host, by the service's own log: it ends each connection with its first answer and resumes no session."""
    requests = (line for line in caplog.records if line.name == "webvartti.requests")
    return sum(1 for line in requests if line.__dict__["listener"] == "card")


def orders_of(running: Running, slug: str) -> list[Order]:
    """What the database holds for the person whose card this is."""
    services = running.tools.services()
    certificate = x509.load_pem_x509_certificate(running.installation.country.card(slug).pem.read_bytes())
    holder = services.judge.judge(certificate.public_bytes(Encoding.DER), services.clock()).holder
    return [order for order in services.orders.every(None) if order.person == holder.person]


def at_sign_in(running: Running, directory: Path, slug: str, reader: Mapping[str, str]) -> Page:
    """Chromium on the sign-in page, with the holder's card in the reader."""
    page = running.open_with_reader(slug, directory, reader).new_page()
    page.goto(f"{running.public}/en/sign-in")
    return page


@pytest.mark.parametrize("slug", ["aino", "eero"], ids=["RSA-2048", "P-384"])
def test_the_card_in_the_reader_signs_in_and_a_new_one_is_ordered(
    running: Running, pcscd: CardService, shim: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path, slug: str
) -> None:
    caplog.set_level(logging.INFO, "webvartti.requests")
    country, profile = running.installation.country, tmp_path / f"profile-{slug}"
    with pcscd.inserted(country, slug) as card, reader_software(pcscd, shim, PIN1) as reader:
        page = at_sign_in(running, tmp_path, slug, reader)
        assert (signatures(card), handshakes(caplog)) == (0, 0)
        page.click("form.sign-in button")
        page.wait_for_url("**/card")
        page.click("a.button")
        page.fill("#email", f"{slug}@example.fi")
        page.click("main form button")
        page.click("main form button")
        page.wait_for_url("**/receipt")
        number = page.get_attribute("[data-order]", "data-order")
        page.context.close()
    assert [order.number for order in orders_of(running, slug)] == [number]
    assert {line for line in card.said if line.startswith("VERIFY")} == {"VERIFY PIN1: right"}
    assert signatures(card) >= handshakes(caplog) >= 1, card.said
    assert (keys_below(profile), files_with_key(country.card(slug), profile)) == (0, [])
    assert files_with_key(country.card(slug), country.directory / "cards")  # where they do lie


def test_a_card_taken_out_before_signing_in_gets_the_page_that_says_so(
    running: Running, pcscd: CardService, shim: Path, tmp_path: Path
) -> None:
    with ExitStack() as reader_in_use:
        with pcscd.inserted(running.installation.country, "aino") as card:
            reader = reader_in_use.enter_context(reader_software(pcscd, shim, PIN1))
            page = at_sign_in(running, tmp_path, "aino", reader)
            wait_until(lambda: "VERIFY PIN1: right" in card.said, lambda: "the browser doesn't see the card")
        time.sleep(NOTICES_AFTER_SECONDS)
        page.click("form.sign-in button")
        expect(page.locator("[data-refusal=no-certificate]")).to_be_visible()
        expect(page.locator("main")).to_contain_text("isn't in the reader")
        page.goto(f"{running.public}/en/card")
        assert "/sign-in" in page.url
        page.context.close()
    assert signatures(card) == 0


def test_a_wrong_pin_signs_nobody_in_and_costs_one_try(
    running: Running, pcscd: CardService, shim: Path, tmp_path: Path
) -> None:
    with pcscd.inserted(running.installation.country, "aino") as card, reader_software(pcscd, shim, "0305") as reader:
        page = at_sign_in(running, tmp_path, "aino", reader)
        page.click("form.sign-in button")
        expect(page.locator("[data-refusal=no-certificate]")).to_be_visible()
        page.goto(f"{running.public}/en/card")
        assert "/sign-in" in page.url
        page.context.close()
    assert [line for line in card.said if "VERIFY" in line] == ["VERIFY PIN1: wrong, 4 tries left"]
    assert signatures(card) == 0
