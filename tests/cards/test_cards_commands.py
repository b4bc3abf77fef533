"""`webvartti card ...` at a desk: what is asked, what is said, how it ends, and what reaches the card."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cards.desk import Desk, LoopbackReader
from tests.cards.loopback import FINEID, MYEID, CardMaterial, Loopback, material_of, virtual_card
from tests.conftest import Installation
from webvartti.cards import errors as card_errors
from webvartti.cards import status_words
from webvartti.cli.card_exit_codes import CODES, MEANINGS, CardCommands
from webvartti.cli.groups import card as commands
from webvartti.demo.country import Country
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot, Shape
from webvartti.domain import pin_rules
from webvartti.domain.card_in_reader import ReaderChange, ReaderEvent
from webvartti.domain.errors import WebVarttiError

PIN1, PIN2, CODE = (DEMO_PINS[slot] for slot in PinSlot)
NEW1, NEW2 = "2580", "90274316"
SHAPES = pytest.mark.parametrize("shape", [MYEID, FINEID], ids=lambda shape: shape.name)

DeskOf = Callable[..., Desk]
Environ = dict[str, str]


@pytest.fixture
def desk_of(country: Country) -> DeskOf:
    def make(
        slug: str = "aino", shape: Shape = MYEID, *, activated: bool = True, environ: dict[str, str] | None = None
    ) -> Desk:
        return Desk(Loopback(virtual_card(material_of(country, slug), shape, activated=activated)), environ or {})

    return make


@SHAPES
def test_a_new_card_is_activated_from_the_letter(desk_of: DeskOf, shape: Shape) -> None:
    desk = desk_of("eero", shape, activated=False)
    assert desk.run("test").exit_code == 8
    told = desk.run("activate", types=(CODE, NEW1, NEW1, NEW2, NEW2))
    assert (told.exit_code, told.stderr) == (0, "")
    assert "PIN1 has been set.\nPIN2 has been set." in told.stdout
    assert desk.asked == [
        "Activation code from the letter: ",
        "New PIN1, 4 to 8 digits: ",
        "New PIN1 again: ",
        "New PIN2, 4 to 8 digits: ",
        "New PIN2 again: ",
    ]
    assert desk.run("test", "--signature", types=(NEW1, NEW2)).exit_code == 0
    again = desk.run("activate")
    assert (again.exit_code, desk.asked) == (0, [])
    assert "activated already" in again.stdout


def test_only_what_is_missing_is_asked_for_when_an_activation_is_taken_up_again(desk_of: DeskOf) -> None:
    desk = desk_of("eero", FINEID, activated=False)
    assert desk.run("unlock", "pin1", types=(CODE, NEW1, NEW1)).exit_code == 0
    told = desk.run("activate", types=(CODE, NEW2, NEW2))
    assert told.exit_code == 0
    assert desk.asked[1] == "New PIN2, 4 to 8 digits: "
    assert desk.run("test", "--signature", types=(NEW1, NEW2)).exit_code == 0


def test_a_backup_card_takes_four_and_six_digits(desk_of: DeskOf, installation: Installation) -> None:
    desk = desk_of("riitta", activated=False, environ=installation.environ)
    told = desk.run("activate", types=(CODE, "25801", "2580", "2580", "9027", "902743", "902743"))
    assert told.exit_code == 0
    assert "it must have 4 digits" in told.stderr
    assert "it must have 6 digits" in told.stderr


def test_product_and_pin_lengths_are_known_of_a_card_that_is_refused_too(
    desk_of: DeskOf, installation: Installation, country: Country
) -> None:
    """While the lists are out of date, say: that doesn't make a backup card another product."""
    later = country.card("riitta").not_after - timedelta(hours=1)
    desk = desk_of("riitta", activated=False, environ={**installation.environ, "WEBVARTTI_DEMO_NOW": later.isoformat()})
    shown = desk.json("show")
    assert (shown["product"], shown["verdict"]["code"]) == ("backup card", "revocation-stale")
    desk.run("activate", types=(CODE, "2580", "2580", "902743", "902743"))
    assert desk.asked[1::2] == ["New PIN1, 4 digits: ", "New PIN2, 6 digits: "]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("1234", "in a row"),
        ("8765", "in a row"),
        ("7777", "over and over"),
        ("4138", "stands in the activation code"),
        ("258", "4 to 8 digits"),
        ("25x8", "digits only"),
    ],
)
def test_a_weak_pin_is_refused_with_its_reason_and_another_one_asked_for(desk_of: DeskOf, typed: str, reason: str) -> None:
    desk = desk_of(activated=False)
    told = desk.run("activate", types=(CODE, typed, NEW1, NEW1, NEW1, NEW2, NEW2))
    assert told.exit_code == 0
    assert reason in told.stderr
    assert "PIN1 and PIN2 must differ" in told.stderr
    assert typed not in told.output
    assert desk.run("test", "--signature", types=(NEW1, NEW2)).exit_code == 0


def test_after_three_refused_choices_nothing_has_reached_the_card(desk_of: DeskOf) -> None:
    desk = desk_of(activated=False)
    told = desk.run("activate", types=(CODE, "1234", "0000", NEW1, "2581"))
    assert told.exit_code == 9
    assert "pins-differ" in told.stderr
    assert not [command for command in desk.connection.commands if command[1] in (0x20, 0x2C) and len(command) > 5]


@pytest.mark.parametrize("code", ["7041385", "704138521", "7041385a", ""])
def test_what_cannot_be_a_code_costs_no_try(desk_of: DeskOf, code: str) -> None:
    desk = desk_of(activated=False)
    assert desk.run("activate", types=(code,)).exit_code == 9
    assert [pin["tries_left"] for pin in desk.json("show")["pins"]][2] == 5


@SHAPES
def test_a_wrong_code_says_how_many_tries_are_left_and_the_last_one_is_asked_about(desk_of: DeskOf, shape: Shape) -> None:
    desk = desk_of("eero", shape, activated=False)
    wrong = ("11223344", NEW1, NEW1, NEW2, NEW2)
    for left in ("4 tries are", "3 tries are", "2 tries are", "1 try is"):
        told = desk.run("activate", types=wrong)
        assert (told.exit_code, f"{left} left" in told.stderr) == (7, True)
    declined = desk.run("activate", answers="n\n")
    assert (declined.exit_code, desk.asked) == (13, [])
    assert "the last try for activation code. If it is wrong, the card is lost for good" in declined.stderr
    assert desk.run("activate", types=(CODE, NEW1, NEW1, NEW2, NEW2), answers="y\n").exit_code == 0


def test_a_pin_is_changed(desk_of: DeskOf) -> None:
    desk = desk_of()
    told = desk.run("change-pin", types=(PIN1, PIN1, "1234", "62840", "62840"))
    assert told.exit_code == 0
    assert "It is the same as before." in told.stderr
    assert desk.run("test", types=("62840",)).exit_code == 0
    assert desk.run("change-pin", "pin2", types=(PIN2, NEW2, NEW2)).exit_code == 0
    assert desk.run("test", "--signature", types=("62840", NEW2)).exit_code == 0


def test_the_last_try_of_a_pin_is_asked_about_and_a_locked_one_is_unlocked(desk_of: DeskOf) -> None:
    desk = desk_of(shape=FINEID)
    for _ in range(4):
        assert desk.run("test", types=("0305",)).exit_code == 7
    told = desk.run("test", answers="n\n")
    assert (told.exit_code, "only the activation code opens it again" in told.stderr) == (13, True)
    locked = desk.run("test", types=("0305",), answers="y\n")
    assert (locked.exit_code, "webvartti card unlock pin1" in locked.stderr) == (8, True)
    for words in (("test",), ("change-pin",)):
        assert (desk.run(*words).exit_code, desk.asked) == (8, [])
    assert desk.run("unlock", types=(CODE, NEW1, NEW1)).exit_code == 0
    assert desk.run("test", types=(NEW1,)).exit_code == 0


def test_show_tells_holder_product_verdict_and_tries(desk_of: DeskOf, installation: Installation) -> None:
    desk = desk_of(environ=installation.environ)
    desk.run("test", types=("0305",))
    told = desk.run("show")
    assert told.exit_code == 0
    for text in ("Aino ", "professional card", "MyEID", "accepted", "signing-certificate-chosen", "4 to 8", "works"):
        assert text in told.stdout
    assert desk.asked == []
    shown = desk.json("show")
    assert (shown["product"], shown["verdict"]) == ("professional card", {"state": "accepted", "code": ""})
    assert [(pin["name"], pin["tries_left"]) for pin in shown["pins"]] == [("PIN1", 4), ("PIN2", 5), ("activation code", 5)]
    assert [row["verdict"]["code"] for row in shown["certificates"]] == ["", "signing-certificate-chosen"]


def test_every_demo_card_gets_the_verdict_of_sign_in(country: Country, desk_of: DeskOf, installation: Installation) -> None:
    for slug in ("aino", "veikko", "joonas", "tuula", "onni", "riitta", "aino-forged"):
        expected = {"tls-alert": "path-invalid", "accepted": ""}.get(country.card(slug).sign_in, country.card(slug).sign_in)
        desk = desk_of(slug, environ=installation.environ)
        assert desk.json("show")["verdict"]["code"] == expected
        assert desk.run("show").exit_code == (10 if expected else 0)
        told = desk.run("test", types=(PIN1,))
        assert (told.exit_code, expected in told.stdout) == (10 if expected else 0, True)


def test_without_settings_a_card_is_shown_and_not_judged(desk_of: DeskOf) -> None:
    desk = desk_of()
    told = desk.run("show")
    assert (told.exit_code, "not judged" in told.stdout) == (0, True)
    assert desk.json("show")["holder"].startswith("Aino ")
    assert desk.json("test", types=(PIN1,)) == {
        "works": [{"use": "authentication", "algorithm": "RSA-2048", "seconds": pytest.approx(0.5, abs=0.5)}],
        "verdict": {"state": "not judged", "code": "settings-refused"},
    }


@pytest.mark.parametrize("name", ["[red]a[/]", "\\[bold green]accepted", "\\[/x]", "a\\"])
def test_a_name_on_a_card_is_no_markup_and_no_escape_sequence(rsa: CardMaterial, name: str) -> None:
    from tests.cards.loopback import AUTHENTICATION, CDF, entry, path, pkcs15_files

    files = dict(pkcs15_files(rsa, MYEID)) | {CDF: entry(f"{name}\x1b[2J", b"\x45", path(AUTHENTICATION))}
    told = Desk(Loopback(virtual_card(rsa, files=files))).run("show")
    assert name in told.stdout
    assert "\x1b[2J" not in told.stdout


def test_what_others_wrote_into_an_error_is_no_escape_sequence(desk_of: DeskOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service's heading, or the name that a USB reader gives itself."""

    def refuse(reader: LoopbackReader) -> None:
        raise card_errors.ServicePageUnexpected("Älä\x1b]0;mine\x07 [red]\r\x9b2J\nnext line")

    monkeypatch.setattr(LoopbackReader, "readers", refuse)
    told = desk_of().run("readers").stderr
    gone = "\N{REPLACEMENT CHARACTER}"
    assert told == f"service-page-unexpected: Älä{gone}]0;mine{gone} [red]{gone}{gone}2J\nnext line\n"


def test_readers_are_listed(desk_of: DeskOf) -> None:
    desk = desk_of()
    assert desk.run("readers").stdout == "Loopback 00 00: a card is in it\nLoopback 00 01: no card\n"
    assert desk.json("readers")[0] == {"name": "Loopback 00 00", "card": True, "answer_to_reset": MYEID.atr.hex().upper()}


def test_a_watch_says_whose_card_comes_and_that_one_cannot_be_read(desk_of: DeskOf) -> None:
    desk = desk_of()
    desk.events = (ReaderChange(ReaderEvent.CARD_INSERTED, "one"), ReaderChange(ReaderEvent.CARD_REMOVED, "one"))
    first, second = (json.loads(line) for line in desk.run("watch", "--json").stdout.splitlines())
    assert (first["event"], first["verdict"]) == ("card inserted", "not judged")
    assert first["holder"].startswith("Aino ")
    assert second == {"event": "card removed", "reader": "one"}
    assert len(desk.run("watch", "--count", "1").stdout.splitlines()) == 1
    desk.connection.answer = lambda apdu, reply: (b"", 0x6F00)
    assert "card-disabled" in desk.run("watch", "--count", "1").stdout


def test_a_broken_card_ends_with_its_number_and_a_sentence(desk_of: DeskOf) -> None:
    desk = desk_of()
    desk.connection.answer = lambda apdu, reply: (reply[0][: len(reply[0]) // 2], reply[1])
    told = desk.run("show")
    assert told.exit_code == 6
    assert len(told.stderr.splitlines()) == 1


def test_no_secret_is_an_option_and_none_is_ever_printed(desk_of: DeskOf) -> None:
    desk = desk_of(activated=False)
    told = [desk.run("activate", types=(CODE, NEW1, NEW1, NEW2, NEW2)), desk.run("test", "--signature", types=(NEW1, NEW2))]
    told.append(desk.run("change-pin", types=("0305", "62840", "62840")))
    assert not [result for result in told for secret in (CODE, NEW1, NEW2, "0305", "62840") if secret in result.output]
    for command in commands.commands.values():
        named = {name for parameter in command.params for name in (*parameter.opts, parameter.name or "")}
        assert not [name for name in named if "pin" in name.lower() or "code" in name.lower()]
        assert all(parameter.envvar is None for parameter in command.params)


def every_error(base: type[WebVarttiError]) -> set[type[WebVarttiError]]:
    return {base, *(each for kind in base.__subclasses__() for each in every_error(kind))}


def test_every_error_of_a_card_has_an_exit_code_that_the_help_lists(desk_of: DeskOf) -> None:
    group = CardCommands("card")
    assert status_words.CardRefused in every_error(card_errors.CardError)
    for kind in every_error(card_errors.CardError) | every_error(pin_rules.PinRefused):
        number = group.exit_code(kind.__new__(kind))
        assert number > 2, kind
        assert number in MEANINGS
    helped = desk_of().run("--help").stdout
    assert all(f"{number:2}  {meaning}" in helped for number, meaning in MEANINGS.items())
    assert set(CODES.values()) <= set(MEANINGS)
    for name in commands.commands:
        assert MEANINGS[7] in desk_of().run(name, "--help").stdout


def test_the_document_says_which_commands_take_json_and_a_reader() -> None:
    taken = {"--json": set[str](), "--reader": set[str]()}
    for name, command in commands.commands.items():
        for option in taken.keys() & {word for parameter in command.params for word in parameter.opts}:
            taken[option].add(name)
    assert taken == {"--json": set(commands.commands), "--reader": set(commands.commands) - {"readers", "watch"}}
    document = (Path(__file__).parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")
    assert "All take `--json`; all but `readers` and `watch` take `--reader`" in document


def test_the_document_lists_the_same_exit_codes() -> None:
    document = (Path(__file__).parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", document, re.MULTILINE)
    assert {int(number): meaning for number, meaning in rows if int(number) in range(14)} == MEANINGS
