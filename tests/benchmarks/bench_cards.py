"""A card over pcscd against the same card in this process, and its signatures against bare ones.

Run with `make bench`. Only ratios count: both sides run in the same run, on the same card. The side over pcscd runs in a
program of its own, because libpcsclite remembers its socket for the life of a process.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from tests.cards.loopback import Loopback, material_of, virtual_card
from tests.conftest import Installation
from tests.integration.cards.virtual_reader import needs_pcscd, private_pcscd
from webvartti.cards.holders_card import HoldersCard
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import MYEID, PinSlot
from webvartti.domain.card_in_reader import KeyUse

ROUNDS = 15
PIN1 = DEMO_PINS[PinSlot.PIN1]
CHALLENGE = bytes(32)

_OVER_PCSCD = """
import json, sys, time
from webvartti.bootstrap import build_services
from webvartti.cards.holders_card import HoldersCard
from webvartti.cards.readers import connect
from webvartti.config import load_settings
from webvartti.domain.card_in_reader import KeyUse
environ, rounds, pin = json.loads(sys.argv[1])
services = build_services(load_settings(environ))
reading, signing = [], []
for _ in range(rounds):
    started = time.perf_counter()
    with connect() as connection:
        card = HoldersCard(connection)
        services.judge.judge(card.contents.certificate_for(KeyUse.AUTHENTICATION).der, services.clock())
        reading.append(time.perf_counter() - started)
        signing.append(card.prove_signature(KeyUse.AUTHENTICATION, pin, bytes(32)).seconds)
print(json.dumps([reading, signing]))
"""


def seconds_each(call: Callable[[], object]) -> float:
    """The median of several calls, after one that warms up."""
    call()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


@needs_pcscd
@pytest.mark.parametrize("slug", ["aino", "eero"])
def test_a_card_over_pcscd_against_the_loopback_card(installation: Installation, tmp_path: Path, slug: str) -> None:
    material, services = material_of(installation.country, slug), installation.build()
    inside = Loopback(virtual_card(material))

    def read_and_judge() -> None:
        found = HoldersCard(inside).contents.certificate_for(KeyUse.AUTHENTICATION)
        assert found is not None
        services.judge.judge(found.der, services.clock())

    in_process = seconds_each(read_and_judge)
    with private_pcscd(tmp_path / "pcscd") as pcscd, pcscd.inserted(installation.country, slug, MYEID):
        told = pcscd.run(sys.executable, "-c", _OVER_PCSCD, json.dumps([installation.environ, ROUNDS, PIN1])).stdout
    reading, signing = (statistics.median(column) for column in json.loads(told))
    key, algorithm = material.authentication.key, hashes.SHA256()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        ec_key = key
        bare = seconds_each(lambda: ec_key.sign(CHALLENGE, ec.ECDSA(hashes.SHA384())))
    else:
        rsa_key = key
        bare = seconds_each(lambda: rsa_key.sign(CHALLENGE, padding.PKCS1v15(), algorithm))
    name = "RSA-2048" if slug == "aino" else "P-384"
    print(f"\nread and judge a card, {name}: {reading * 1000:.0f} ms over pcscd (aim: under 500), here {in_process * 1000:.1f}")
    print(f"read and judge a card, {name}: ratio {reading / in_process:.1f}")
    print(f"signature, {name}: {signing * 1000:.1f} ms over pcscd, bare {bare * 1000:.2f} ms: ratio {signing / bare:.1f}")
    assert reading / in_process < 1000
    assert signing / bare < 1000


def test_an_apdu_to_the_loopback_card_against_a_bare_call(installation: Installation) -> None:
    """What the virtual card itself costs: SELECT of a file against a function that answers the same."""
    inside = Loopback(virtual_card(material_of(installation.country, "aino")))
    select = bytes.fromhex("00A4040C0CA000000063504B43532D3135")
    assert inside(select) == (b"", 0x9000)

    def many(transmit: Callable[[bytes], object]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(500):
                transmit(select)

        return run

    cost, bare = seconds_each(many(inside)) / 500, seconds_each(many(lambda apdu: (b"", 0x9000))) / 500
    print(f"\nloopback card: {cost * 1e6:.1f} us an APDU, bare call {bare * 1e6:.2f} us: ratio {cost / bare:.0f}")
    assert cost / bare < 1000
