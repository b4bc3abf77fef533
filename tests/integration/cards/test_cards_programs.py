"""`webvartti card` and `webvartti demo card` as programs of their own, with somebody at a real terminal."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.cards.terminal import Terminal
from tests.integration.cards.virtual_reader import WEBVARTTI, CardService, end, needs_pcscd, wait_until
from webvartti.demo.country import Country
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import FINEID, PinSlot

pytestmark = [needs_pcscd, pytest.mark.timeout(300)]
PIN1, PIN2, CODE = (DEMO_PINS[slot] for slot in PinSlot)
NEW1, NEW2 = "2580", "90274316"


def test_a_new_card_is_activated_on_a_terminal_that_shows_no_digit(pcscd: CardService, country: Country) -> None:
    with pcscd.inserted(country, "eero", FINEID, activated=False) as card:
        typed = [("Activation code", CODE), ("New PIN1, 4", "1234"), ("New PIN1, 4", NEW1), ("PIN1 again", NEW1)]
        activation = Terminal([WEBVARTTI, "card", "activate"], pcscd.environ)
        assert activation.answer(*typed, ("New PIN2, 4", NEW2), ("PIN2 again", NEW2)) == 0, activation.screen
        trial = Terminal([WEBVARTTI, "card", "test", "--signature"], pcscd.environ)
        assert trial.answer(("PIN1", NEW1), ("PIN2", NEW2)) == 0, trial.screen
    assert "Digits in a row" in activation.screen
    assert "PIN1 has been set." in activation.screen
    assert "The signature key works (P-384" in trial.screen
    everything = activation.screen + trial.screen + "\n".join(card.said)
    assert not [secret for secret in (CODE, NEW1, NEW2, "1234") if secret in everything]


def test_what_is_typed_for_one_card_never_reaches_another(pcscd: CardService, country: Country) -> None:
    """The card is pulled out at the prompt, and another one is put in."""
    with pcscd.inserted(country, "aino"):
        changing = Terminal([WEBVARTTI, "card", "change-pin"], pcscd.environ)
        changing.wait_for("PIN1")
    with pcscd.inserted(country, "eero") as other:
        assert changing.answer_rest(PIN1, NEW1, NEW1) == 5, changing.screen
    assert "card-connection-lost" in changing.screen
    assert not [line for line in other.said if "VERIFY" in line]


def test_a_pin_is_taken_from_a_terminal_alone(pcscd: CardService, country: Country) -> None:
    with pcscd.inserted(country, "aino") as card:
        done = subprocess.run(
            ["setsid", WEBVARTTI, "card", "test"],
            env={**pcscd.environ, "PIN": PIN1, "PIN1": PIN1, "WEBVARTTI_PIN1": PIN1},
            input=f"{PIN1}\n{PIN1}\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, "no-terminal" in done.stderr) == (3, True)
    assert not [line for line in card.said if "VERIFY" in line]


@contextmanager
def insert_command(pcscd: CardService, country: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`webvartti demo card insert ...`, ended by Ctrl-C where it hasn't ended by itself."""
    log = country / f"inserted-{pcscd.port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [WEBVARTTI, "demo", "card", "insert", *words],
            env=pcscd.environ,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    try:
        wait_until(lambda: "the card is in the virtual reader" in log.read_text(), log.read_text)
        wait_until(pcscd.holds_a_card, log.read_text)
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # does nothing to a program that has ended
        end(process)
    assert process.returncode == 0, log.read_text()
    wait_until(lambda: not pcscd.holds_a_card(), log.read_text)


def test_a_virtual_card_is_put_in_broken_and_taken_out_by_its_commands(pcscd: CardService, country: Country) -> None:
    options = ["--country", str(country.directory), "--port", str(pcscd.port)]

    def demo_card(*words: str, **environ: str) -> tuple[int, str]:
        done = pcscd.run(WEBVARTTI, "demo", "card", *words, *options, check=False, **environ)
        return done.returncode, done.stdout + done.stderr

    for words in (("remove",), ("break", "mute")):
        code, told = demo_card(*words)
        assert (code, "demo-no-card-inserted" in told) == (1, True)
    with insert_command(pcscd, country.directory, "aino", "--not-activated", *options) as inserted:
        code, told = demo_card("insert", "eero")
        assert (code, "demo-card-already-inserted" in told) == (1, True)
        assert demo_card("break", "slow") == (0, "fault: slow\n")
        assert pcscd.run("opensc-tool", "--send-apdu", "00:20:00:01").stdout.count("SW1=0x69, SW2=0x84") == 1
        assert demo_card("remove") == (0, "The card is out.\n")
        assert inserted.wait(30) == 0
    with insert_command(pcscd, country.directory, "aino", *options):  # as it was left: not activated
        assert pcscd.run("opensc-tool", "--send-apdu", "00:20:00:01").stdout.count("SW1=0x69, SW2=0x84") == 1
    code, told = demo_card("insert", "nobody")
    assert (code, "demo-unknown-card" in told) == (1, True)
    code, told = demo_card("insert", "aino", WEBVARTTI_ENVIRONMENT="production")
    assert (code, "demo-refused" in told) == (1, True)
