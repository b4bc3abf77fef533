"""`webvartti card sign-in` without a service: which card gets what was typed, and what curl is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cards.loopback import CardMaterial, Loopback, virtual_card
from webvartti.cards import curl_engine, pcsc_cards, service_sign_in
from webvartti.cards.curl_engine import post_with_card
from webvartti.cards.errors import CardSilent, ServiceNotReached, ServicePageUnexpected, SignInToolsMissing
from webvartti.cards.service_sign_in import CardForTls, sign_in
from webvartti.cli.groups import card as commands
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot
from webvartti.domain.card_in_reader import ReaderStatus, SignInOutcome
from webvartti.wiring import build_tools

PIN1 = DEMO_PINS[PinSlot.PIN1]
ORIGIN = "https://webvartti.example.fi"


class Machine:
    """Readers with these cards; each opening takes the next connection. ``signed_in`` is what went on to the service."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *connections: Loopback, cards: int = 1) -> None:
        self.asked_for: list[str] = []
        self.signed_in: list[Any] = []
        coming = iter(connections)

        @contextmanager
        def connect(reader: str, patience_seconds: float) -> Iterator[Loopback]:
            self.asked_for.append(reader)
            yield next(coming)

        def sign_in(origin: str, card: Any, ca_file: Path | None) -> SignInOutcome:
            self.signed_in.append(card)
            return SignInOutcome(True, "Your card", "", "TLSv1.3", ())

        monkeypatch.setattr(pcsc_cards, "find_module", lambda: Path("/opensc.so"))
        monkeypatch.setattr(pcsc_cards, "connect", connect)
        monkeypatch.setattr(pcsc_cards, "sign_in", sign_in)
        monkeypatch.setattr(
            pcsc_cards, "list_readers", lambda: tuple(ReaderStatus(f"reader {at}", b"\x3b") for at in range(cards))
        )

    def run(self, *options: str) -> Result:
        tools = replace(build_tools({}), ask_secret=lambda prompt: PIN1)
        return CliRunner().invoke(commands, ["sign-in", ORIGIN, *options], obj=tools)


def test_the_card_that_was_asked_for_its_pin_signs_in_by_its_serial_number(
    rsa: CardMaterial, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, *(Loopback(virtual_card(rsa), reader="reader 1") for _ in range(2)))
    assert machine.run().exit_code == 0
    assert machine.asked_for == ["", "reader 1"]
    lower, upper = machine.signed_in[0].serials
    assert lower.upper() == upper
    assert re.fullmatch(r"[0-9a-f]{1,16}", lower)


def test_another_card_gets_nothing_of_what_was_typed(
    rsa: CardMaterial, p384: CardMaterial, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Loopback(virtual_card(p384))
    for second in (other, Loopback(virtual_card(rsa), reader="another")):
        machine = Machine(monkeypatch, Loopback(virtual_card(rsa)), second)
        told = machine.run()
        assert (told.exit_code, told.stderr.startswith("card-exchanged: ")) == (5, True)
        assert machine.signed_in == []
        assert not [command for command in second.commands if command[1] in (0x20, 0x24, 0x2C) and len(command) > 5]


@pytest.mark.parametrize("cards", [1, 2])
def test_another_s_module_may_take_any_token_where_there_is_one_card(
    rsa: CardMaterial, monkeypatch: pytest.MonkeyPatch, cards: int
) -> None:
    """How it spells serial numbers isn't known."""
    machine = Machine(monkeypatch, *(Loopback(virtual_card(rsa)) for _ in range(2)), cards=cards)
    assert machine.run("--module", __file__).exit_code == 0
    assert ("" in machine.signed_in[0].serials) == (cards == 1)


def test_a_card_without_a_serial_number_signs_in_where_it_is_the_only_one(
    rsa: CardMaterial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc_cards, "_LONGEST_SERIAL", -1000)
    machine = Machine(monkeypatch, *(Loopback(virtual_card(rsa)) for _ in range(2)))
    assert (machine.run().exit_code, machine.signed_in[0].serials) == (0, ("",))
    machine = Machine(monkeypatch, *(connections := [Loopback(virtual_card(rsa)) for _ in range(2)]), cards=2)
    told = machine.run()
    assert (told.exit_code, told.stderr.startswith("card-not-told-apart: ")) == (6, True)
    assert not [command for command in connections[1].commands if command[1] == 0x20 and len(command) > 5]


def test_the_pin_is_not_printed_with_the_card() -> None:
    assert PIN1 not in repr(CardForTls("45", ("",), PIN1, Path("/module.so")))


class Curl:
    """A program of that name which is found first; it keeps what it is given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
        self.folder = folder
        program = folder / "curl"
        program.write_text(f'#!/bin/sh\ncd "{folder}"\ncat >> asked\n{script}\n')
        program.chmod(0o700)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    @property
    def asked(self) -> list[str]:
        """The PKCS#11 URI of each certificate that was asked for."""
        return re.findall(r'^cert = "(.*)"$', (self.folder / "asked").read_text(), re.MULTILINE)


def post(url: str = f"{ORIGIN}/sign-in", serials: tuple[str, ...] = ("ab12", "AB12")) -> tuple[str, str]:
    return post_with_card(
        url, {"a": "b"}, ORIGIN, identifier="45", serials=serials, pin=PIN1, module=Path("/module.so"), ca_file=None
    )


NOT_FOUND = "echo \"curl: (58) ssl client cert with id 'x' not found\" >&2; exit 58"


def test_a_serial_number_that_the_module_does_not_know_is_spelled_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curl = Curl(tmp_path, monkeypatch, f"grep -q serial=AB12 asked || {{ {NOT_FOUND}; }}\necho page")
    assert post() == ("page\n", "")
    assert curl.asked == ["pkcs11:serial=ab12;id=%45;type=cert", "pkcs11:serial=AB12;id=%45;type=cert"]
    assert post(serials=("",))[0] == "page\n"
    assert curl.asked[-1] == "pkcs11:id=%45;type=cert"


def test_a_pin_that_may_have_been_tried_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curl = Curl(tmp_path, monkeypatch, 'echo "curl: (58) failed to load private key from crypto engine" >&2; exit 58')
    with pytest.raises(SignInToolsMissing):
        post()
    assert len(curl.asked) == 1


def test_a_page_without_an_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for where in ("", ">&2"):
        Curl(tmp_path, monkeypatch, f"exec yes {where}")
        with pytest.raises(ServicePageUnexpected, match="more than a page"):
            post()


def test_a_card_that_keeps_curl_waiting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Curl(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(curl_engine, "_PATIENCE_SECONDS", 0.5)
    with pytest.raises(CardSilent, match=r"0\.5 seconds"):
        post()


def test_without_curl_the_error_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SignInToolsMissing, match="curl"):
        post()


def test_a_line_end_in_a_form_s_address_adds_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curl = Curl(tmp_path, monkeypatch, "echo page")
    with pytest.raises(ServicePageUnexpected, match="line end"):
        post(f'{ORIGIN}/"\noutput = "/etc/passwd/sign-in')
    assert not (curl.folder / "asked").exists()


@pytest.mark.parametrize(
    "origin", ["https://x:abc", "https://x:99999", "https://[x", "https://x\n", "https://a..b", "http://x"]
)
def test_an_address_that_is_none_is_named(origin: str) -> None:
    with pytest.raises(ServiceNotReached):
        sign_in(origin, CardForTls("45", ("",), PIN1, Path("/module.so")), None)


FORM = '<form action="{}"><input name="a" value="b"></form>'


@pytest.mark.parametrize("action", ["https://x:abc/sign-in", "https://x:99999/sign-in", "https://[x/sign-in"])
def test_an_address_on_a_page_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    answers = [(200, "", FORM.format(action)), (302, action, "")]
    for answer in answers:
        monkeypatch.setattr(service_sign_in._PublicHost, "_exchange", lambda *_, answer=answer: answer)
        with pytest.raises(ServicePageUnexpected, match="can't be read"):
            sign_in(ORIGIN, CardForTls("45", ("",), PIN1, Path("/module.so")), None)
