"""`webvartti card sign-in`: the virtual card in pcscd, OpenSC, curl and OpenSSL's engine, and the service's real hand-over."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Installation
from tests.integration.cards.virtual_reader import CardService, Desk, needs_pcscd
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import FINEID, PinSlot

pytestmark = [needs_pcscd, pytest.mark.timeout(300)]
PIN1 = DEMO_PINS[PinSlot.PIN1]


def words(installation: Installation, origin: str) -> tuple[str, ...]:
    return ("sign-in", origin, "--ca", str(installation.country.directory / "server" / "ca.pem"), "--json")


@pytest.mark.parametrize("slug", ["aino", "eero"])
def test_the_card_signs_the_handshake_and_the_holder_is_signed_in(
    pcscd: CardService, desk: Desk, installation: Installation, origin: str, slug: str
) -> None:
    with pcscd.inserted(installation.country, slug) as card:
        told = desk.card(*words(installation, origin), types=(PIN1,))
        signatures = [line for line in card.said if line.startswith("COMPUTE DIGITAL SIGNATURE with the authentication key")]
    assert told.exit_code == 0, told.stderr
    outcome = json.loads(told.stdout)
    assert (outcome["signed_in"], outcome["refusal"], outcome["heading"]) == (True, "", "Your card")
    assert outcome["handshake"].startswith("TLSv1")
    assert len(signatures) == 2  # the trial of the PIN, and the handshake
    assert PIN1 not in told.stdout + told.stderr


def test_a_revoked_card_gets_the_page_that_says_so(
    pcscd: CardService, desk: Desk, installation: Installation, origin: str
) -> None:
    with pcscd.inserted(installation.country, "tuula"):
        told = desk.card(*words(installation, origin), types=(PIN1,))
    assert (told.exit_code, json.loads(told.stdout)["refusal"]) == (12, "certificate-revoked")


def test_a_wrong_pin_costs_one_try_and_no_handshake(
    pcscd: CardService, desk: Desk, installation: Installation, origin: str
) -> None:
    with pcscd.inserted(installation.country, "aino") as card:
        told = desk.card(*words(installation, origin), types=("0305",))
    assert (told.exit_code, "PIN1 was wrong; 4 tries are left" in told.stderr) == (7, True)
    assert [line for line in card.said if "VERIFY" in line] == ["VERIFY PIN1: wrong, 4 tries left"]


def test_a_card_that_opensc_does_not_know_is_named(
    pcscd: CardService, desk: Desk, installation: Installation, origin: str
) -> None:
    with pcscd.inserted(installation.country, "aino", FINEID):
        told = desk.card(*words(installation, origin), types=(PIN1,))
    assert (told.exit_code, "OpenSC on this machine doesn't know this kind of card" in told.stderr) == (3, True)


@pytest.mark.parametrize("address", ["https://webvartti.localhost:9", "http://webvartti.localhost", "nonsense", "https://x/y"])
def test_a_service_that_is_not_there_is_named(pcscd: CardService, desk: Desk, installation: Installation, address: str) -> None:
    with pcscd.inserted(installation.country, "aino"):
        told = desk.card(*words(installation, address), types=(PIN1,))
    assert (told.exit_code, "service-not-reached" in told.stderr) == (12, True)
