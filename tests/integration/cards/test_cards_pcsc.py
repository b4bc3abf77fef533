"""`webvartti card` over a real pcscd: every dialect, faults, cards that come and go."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Installation
from tests.integration.cards.virtual_reader import READER, WEBVARTTI, CardService, Desk, needs_pcscd, private_pcscd, wait_until
from webvartti.demo.country import Country
from webvartti.demo.errors import VirtualReaderMissing
from webvartti.demo.virtual_card.card import VirtualCard, silent
from webvartti.demo.virtual_card.control import Control
from webvartti.demo.virtual_card.material import load_material
from webvartti.demo.virtual_card.pins import DEMO_PINS, PinStore, fresh_records
from webvartti.demo.virtual_card.reader import InsertedCard
from webvartti.demo.virtual_card.shapes import FINEID, MYEID, PinSlot, Shape

pytestmark = [needs_pcscd, pytest.mark.timeout(300)]
PIN1, PIN2, CODE = (DEMO_PINS[slot] for slot in PinSlot)
NEW1, NEW2 = "2580", "90274316"

T0_ALONE = replace(FINEID, atr=bytes.fromhex("3B1D960031B8640429ECC17394018083"), t0=True)
"""An organisation card that offers nothing but T=0."""


@pytest.mark.parametrize("slug", ["aino", "eero"])
@pytest.mark.parametrize("shape", [MYEID, FINEID, T0_ALONE], ids=["myeid", "fineid", "fineid-t0"])
def test_a_card_from_the_letter_to_the_signature(
    pcscd: CardService, desk: Desk, country: Country, installation: Installation, slug: str, shape: Shape
) -> None:
    with pcscd.inserted(country, slug, shape, activated=False) as card:
        assert desk.card("test").exit_code == 8
        assert desk.card("activate", types=("11223344", NEW1, NEW1, NEW2, NEW2)).exit_code == 7
        assert desk.card("activate", types=(CODE, NEW1, NEW1, NEW2, NEW2)).exit_code == 0
        told = desk.card("test", "--signature", "--json", types=(NEW1, NEW2), environ=installation.environ)
        assert [proof["use"] for proof in json.loads(told.stdout)["works"]] == ["authentication", "signature"]
        assert json.loads(told.stdout)["verdict"] == {"state": "accepted", "code": ""}
        assert desk.card("change-pin", types=(NEW1, "62840", "62840")).exit_code == 0
        assert desk.card("test", types=("62840",)).exit_code == 0
        shown = json.loads(desk.card("show", "--json").stdout)
        assert [(pin["state"], pin["tries_left"]) for pin in shown["pins"]] == [("usable", 5)] * 3
        assert len([line for line in card.said if "COMPUTE DIGITAL SIGNATURE" in line]) == 3


def test_a_verified_pin_is_of_no_use_to_the_next_program(pcscd: CardService, desk: Desk, country: Country) -> None:
    with pcscd.inserted(country, "aino"):
        assert desk.card("test", types=(PIN1,)).exit_code == 0
        asked = pcscd.run("opensc-tool", "--send-apdu", "00:20:00:01").stdout
    assert "SW1=0x63, SW2=0xC5" in asked


def test_each_lack_has_its_number(pcscd: CardService, desk: Desk) -> None:
    assert desk.card("show").exit_code == 5
    assert json.loads(desk.card("readers", "--json").stdout)[0] == {"name": READER, "card": False, "answer_to_reset": ""}
    unknown = desk.card("show", "--reader", "another")
    assert (unknown.exit_code, READER in unknown.stderr) == (4, True)
    nowhere = Desk(replace(pcscd, environ={**pcscd.environ, "PCSCLITE_CSOCK_NAME": "/nonexistent"}))
    told = nowhere.card("readers")
    nowhere.close()
    assert (told.exit_code, "is pcscd installed and running?" in told.stderr) == (3, True)


def test_faults_are_named_and_none_hangs(pcscd: CardService, country: Country) -> None:
    desk = Desk(pcscd)
    with pcscd.inserted(country, "aino") as card:
        assert desk.card("show").exit_code == 0
        card.order("slow")
        assert desk.card("show").exit_code == 0
        card.order("torn")
        torn = desk.card("show")
        assert (torn.exit_code, torn.stderr.startswith(("card-", "not-a-pkcs15-card"))) == (6, True)
        card.order("none")
        card.order("locked")
        locked = desk.card("test")
        assert (locked.exit_code, "webvartti card unlock pin1" in locked.stderr) == (8, True)
        card.order("mute")
        started = time.monotonic()
        mute = desk.card("show", patience=1.0)
        assert (mute.exit_code, "card-silent" in mute.stderr) == (6, True)
        assert time.monotonic() - started < 10
        desk.close()  # the reader still waits for the answer, and the program with it
        card.order("none")
        desk = Desk(pcscd)
        assert desk.card("show").exit_code == 0
        desk.close()


def test_a_mute_card_does_not_keep_a_program_from_ending(pcscd: CardService, country: Country) -> None:
    program = (
        "from webvartti.cards.readers import connect\nfrom webvartti.cards.holders_card import HoldersCard\n"
        "with connect(patience_seconds=1.0) as connection:\n    HoldersCard(connection)\n"
    )
    with pcscd.inserted(country, "aino") as card:
        card.order("mute")
        told = pcscd.run(sys.executable, "-c", program, check=False)
        assert "CardSilent: the card hasn't answered for 1 seconds" in told.stderr


def test_a_watch_sees_a_card_come_and_go(pcscd: CardService, country: Country) -> None:
    words, rows = [WEBVARTTI, "card", "watch", "--json", "--count", "4"], []
    watching = subprocess.Popen(words, env=pcscd.environ, stdout=subprocess.PIPE, text=True)
    try:
        assert watching.stdout is not None
        rows += [json.loads(watching.stdout.readline()) for _ in range(2)]
        with pcscd.inserted(country, "aino"):
            rows.append(json.loads(watching.stdout.readline()))
        rows.append(json.loads(watching.stdout.readline()))
    finally:
        watching.kill()
        watching.wait(8)
    assert [row["event"] for row in rows] == ["reader connected", "reader connected", "card inserted", "card removed"]
    assert rows[2]["holder"].startswith("Aino ")


def test_a_card_waits_for_its_reader_to_come_back(country: Country, tmp_path: Path) -> None:
    with private_pcscd(tmp_path / "first") as first, first.inserted(country, "aino") as card:
        first.process.terminate()
        first.process.wait(8)
        with private_pcscd(tmp_path / "second", first.port) as second:
            wait_until(second.holds_a_card, lambda: "the card didn't come back")
    assert [line for line in card.said if line.startswith("the reader went away")]


def test_without_a_virtual_reader_the_error_says_how_to_get_one(country: Country, tmp_path: Path) -> None:
    card = VirtualCard(load_material(country.card("aino")), FINEID, PinStore(fresh_records(activated=True)))
    with Control(tmp_path / "card.socket") as control, pytest.raises(VirtualReaderMissing, match="vsmartcard-vpcd"):
        InsertedCard(card, control, 9, silent).serve(0.1)
