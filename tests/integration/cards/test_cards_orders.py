"""A renewal with curl alone: the virtual card in pcscd signs the handshake through OpenSSL's PKCS#11 engine, and the pages' own
forms, tokens and cookies do the rest.
"""

from __future__ import annotations

import glob
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.conftest import Installation
from tests.integration.cards.virtual_reader import CardService, InTheReader, needs_pcscd
from tests.web.visitor import Page
from webvartti.cards.curl_engine import MODULES, find_module
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot

ENGINES = ("/usr/lib/*/engines-*/pkcs11.so", "/usr/lib*/engines-*/pkcs11.so")

needs_engine = pytest.mark.skipif(
    not (shutil.which("curl") and any(map(glob.glob, MODULES)) and any(map(glob.glob, ENGINES))),
    reason="curl, opensc-pkcs11 or libengine-pkcs11-openssl aren't installed",
)
pytestmark = [needs_pcscd, needs_engine, pytest.mark.timeout(300)]
PIN1 = DEMO_PINS[PinSlot.PIN1]
KEY_ON_CARD = "pkcs11:id=%45"
"""The iD of the key for signing in, and of its certificate, on every virtual card."""
LOCAL_PROBLEM_WITH_CERTIFICATE = 58  # curl(1)


class Answer(NamedTuple):
    """Where redirects ended, and what stood there. ``exit_code`` is curl's."""

    exit_code: int
    status: int
    url: str
    html: str

    @property
    def origin(self) -> str:
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.url))


class Curl:
    """curl as a browser without a window: one cookie jar, and the card's key where a PIN is given."""

    def __init__(self, pcscd: CardService, installation: Installation, directory: Path) -> None:
        self._environ = {**pcscd.environ, "PKCS11_MODULE_PATH": str(find_module())}
        self._ca = installation.country.directory / "server" / "ca.pem"
        self._jar, self._page = directory / "cookies", directory / "page"

    def get(self, url: str) -> Answer:
        return self._ask([f"url = {url}"])

    def submit(self, page: Answer, ending: str, pin: str = "", **changes: str) -> Answer:
        """Send the form of a page, filled in as it came save for ``changes``."""
        action, fields = Page(page.html).form(ending)
        options = [f"url = {urljoin(page.url, action)}", f'header = "Origin: {page.origin}"']
        options.append(f"data = {urlencode({**fields, **changes})}")
        if pin:
            options += ["engine = pkcs11", "cert-type = ENG", "key-type = ENG", f"cert = {KEY_ON_CARD};type=cert"]
            options.append(f"key = {KEY_ON_CARD};type=private;pin-value={quote(pin)}")
        return self._ask(options)

    def _ask(self, options: list[str]) -> Answer:
        self._page.write_bytes(b"")
        words = ["curl", "--disable", "--silent", "--globoff", "--location", "--max-time", "60", "--cacert", str(self._ca)]
        words += ["--cookie", str(self._jar), "--cookie-jar", str(self._jar), "--output", str(self._page)]
        words += ["--write-out", "%{http_code} %{url_effective}", "--config", "-"]
        done = subprocess.run(
            words, input="\n".join(options), env=self._environ, capture_output=True, text=True, timeout=90, check=False
        )
        status, _, url = done.stdout.partition(" ")
        return Answer(done.returncode, int(status), url, self._page.read_text())


@pytest.fixture
def curl(pcscd: CardService, installation: Installation, tmp_path: Path) -> Curl:
    return Curl(pcscd, installation, tmp_path)


def signatures(card: InTheReader) -> int:
    return sum(1 for line in card.said if line.startswith("COMPUTE DIGITAL SIGNATURE with the authentication key"))


@pytest.mark.parametrize("slug", ["aino", "eero"], ids=["RSA-2048", "P-384"])
def test_curl_signs_in_with_the_card_and_orders_a_new_one(
    pcscd: CardService, curl: Curl, installation: Installation, origin: str, slug: str
) -> None:
    start = curl.get(f"{origin}/en/sign-in")
    with pcscd.inserted(installation.country, slug) as card:
        handed = curl.submit(start, "/sign-in", PIN1)
    assert (handed.exit_code, handed.status) == (0, 200)
    assert handed.origin != origin
    assert [line for line in card.said if "VERIFY" in line] == ["VERIFY PIN1: right"]
    assert signatures(card) == 1  # one handshake; from here on the card isn't needed
    assert curl.submit(handed, "/finish").url == f"{origin}/en/card"
    check = curl.submit(curl.get(f"{origin}/en/renewal"), "/renewal", email=f"{slug}@example.fi")
    receipt = curl.submit(check, "/check")
    assert receipt.status == 200
    assert receipt.url.endswith("/receipt")
    assert Page(receipt.html).values("data-order")[:1] == orders_of(installation, slug)


def orders_of(installation: Installation, slug: str) -> list[str]:
    """What the database holds for the person whose card this is."""
    services = installation.build()
    certificate = x509.load_pem_x509_certificate(installation.country.card(slug).pem.read_bytes())
    person = services.judge.judge(certificate.public_bytes(Encoding.DER), services.clock()).holder.person
    return [order.number for order in services.orders.of_person(person)]


def test_curl_without_a_card_gets_nowhere(curl: Curl, installation: Installation, origin: str) -> None:
    handed = curl.submit(curl.get(f"{origin}/en/sign-in"), "/sign-in", PIN1)
    assert (handed.exit_code, handed.status) == (LOCAL_PROBLEM_WITH_CERTIFICATE, 0)
    assert "/sign-in" in curl.get(f"{origin}/en/card").url


def test_a_wrong_pin_costs_curl_one_try_and_signs_nobody_in(
    pcscd: CardService, curl: Curl, installation: Installation, origin: str
) -> None:
    start = curl.get(f"{origin}/en/sign-in")
    with pcscd.inserted(installation.country, "aino") as card:
        handed = curl.submit(start, "/sign-in", "0305")
    assert (handed.exit_code, handed.status) == (LOCAL_PROBLEM_WITH_CERTIFICATE, 0)
    assert [line for line in card.said if "VERIFY" in line] == ["VERIFY PIN1: wrong, 4 tries left"]
    assert signatures(card) == 0
