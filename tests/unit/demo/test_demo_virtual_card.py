"""The virtual card by itself: its secrets and their file, its refusals, and that nothing it is sent makes it fall over."""

from __future__ import annotations

import json
import stat
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webvartti.cli import demo_card
from webvartti.demo.country import Country
from webvartti.demo.errors import CardStateDamaged
from webvartti.demo.virtual_card import shapes
from webvartti.demo.virtual_card.card import T0Link, VirtualCard
from webvartti.demo.virtual_card.faults import Fault, distorted, lock_pin1
from webvartti.demo.virtual_card.insertion import open_card
from webvartti.demo.virtual_card.material import CardMaterial, load_material
from webvartti.demo.virtual_card.pins import DEMO_PINS, MOST_TRIES, PinStore, fresh_records, load_store
from webvartti.demo.virtual_card.reader import VPCD_PORT
from webvartti.demo.virtual_card.shapes import FINEID, MYEID, PinSlot, Shape

SHAPES = pytest.mark.parametrize("shape", [MYEID, FINEID], ids=lambda shape: shape.name)


@cache
def material_of(country: Country) -> CardMaterial:
    """Opening its files takes a tenth of a second."""
    return load_material(country.card("aino"))


def card_of(country: Country, shape: Shape, file: Path | None = None, *, activated: bool = True) -> VirtualCard:
    return VirtualCard(material_of(country), shape, PinStore(fresh_records(activated=activated), file))


def verify(card: VirtualCard, slot: PinSlot, pin: str) -> int:
    block = pin.encode() if card.shape.pad is None else pin.encode().ljust(8, bytes((card.shape.pad,)))
    return card(bytes((0x00, 0x20, 0x00, card.shape.references[slot], len(block))) + block)[1]


@SHAPES
def test_what_a_card_remembers_outlives_the_program(country: Country, tmp_path: Path, shape: Shape) -> None:
    file = tmp_path / "card.json"
    assert verify(card_of(country, shape, file), PinSlot.PIN1, "9999") == 0x63C4
    kept = load_store(file)
    assert kept is not None
    again = VirtualCard(material_of(country), shape, kept)
    assert verify(again, PinSlot.PIN1, "9999") == 0x63C3
    assert verify(again, PinSlot.PIN1, DEMO_PINS[PinSlot.PIN1]) == 0x9000
    assert again.pins[PinSlot.PIN1].tries_left == MOST_TRIES


def test_the_file_is_its_owner_s_alone_and_holds_no_pin(country: Country, tmp_path: Path) -> None:
    file = tmp_path / "cards" / "card.json"
    card = card_of(country, MYEID, file)
    verify(card, PinSlot.PIN1, "9999")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["card.json"]  # nothing half written is left
    written = file.read_text()
    assert not [pin for pin in DEMO_PINS.values() if pin in written]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "[]",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"tries": 5', '"tries": 500'),
        lambda text: text.replace('"tries": 5', '"tries": "many"'),
        lambda text: json.dumps({"format": 1, "pins": {}}),
        lambda text: text.replace('"salt": "', '"salt": "xyz'),
    ],
)
def test_a_damaged_file_is_named_and_left_as_it_is(country: Country, tmp_path: Path, damage: object) -> None:
    file = tmp_path / "card.json"
    card_of(country, MYEID, file)
    assert callable(damage)
    damaged = damage(file.read_text())
    file.write_text(damaged)
    with pytest.raises(CardStateDamaged, match="--fresh"):
        load_store(file)
    assert file.read_text() == damaged


def test_a_card_is_opened_as_it_was_left_or_made_anew(country: Country) -> None:
    file = country.directory / "virtual-cards" / "aino.json"
    assert open_card(country, "aino", MYEID, activated=False).pins[PinSlot.PIN1].usable is False
    assert open_card(country, "aino", MYEID, activated=None).pins[PinSlot.PIN1].usable is False
    assert open_card(country, "aino", MYEID, activated=True).pins[PinSlot.PIN1].usable is True
    file.unlink()
    assert open_card(country, "aino", MYEID, activated=None).pins[PinSlot.PIN1].usable is True
    file.unlink()


@SHAPES
def test_a_card_from_the_mail_knows_only_its_activation_code(country: Country, shape: Shape) -> None:
    card = card_of(country, shape, activated=False)
    assert verify(card, PinSlot.PIN1, DEMO_PINS[PinSlot.PIN1]) == 0x6984
    assert verify(card, PinSlot.CODE, DEMO_PINS[PinSlot.CODE]) == 0x9000


@SHAPES
def test_too_many_wrong_tries_lock(country: Country, shape: Shape) -> None:
    card = card_of(country, shape)
    assert [verify(card, PinSlot.PIN2, "000000") for _ in range(6)] == [0x63C4, 0x63C3, 0x63C2, 0x63C1, 0x63C0, 0x6983]
    assert verify(card, PinSlot.PIN2, DEMO_PINS[PinSlot.PIN2]) == 0x6983


@SHAPES
def test_nothing_is_signed_without_its_pin_and_the_signature_key_asks_every_time(country: Country, shape: Shape) -> None:
    card = card_of(country, shape)
    if shape is FINEID:
        card(bytes.fromhex("00A4080C025016"))
        environment, sign = "002241B606800142840182", "002A9E9A20" + "00" * 32 + "00"
    else:
        environment, sign = "002241B607800102810" + "24B02", "002A9E9A33" + "00" * 51 + "00"
    assert card(bytes.fromhex(sign))[1] == 0x6985
    assert card(bytes.fromhex(environment))[1] == 0x9000
    assert card(bytes.fromhex(sign))[1] == 0x6982
    assert verify(card, PinSlot.PIN1, DEMO_PINS[PinSlot.PIN1]) == 0x9000
    assert card(bytes.fromhex(sign))[1] == 0x6982
    assert verify(card, PinSlot.PIN2, DEMO_PINS[PinSlot.PIN2]) == 0x9000
    signature, status_word = card(bytes.fromhex(sign))
    assert (len(signature), status_word) == (256, 0x9000)
    assert card(bytes.fromhex(sign))[1] == 0x6982
    card.reset()
    assert card(bytes.fromhex(sign))[1] == 0x6985


def test_faults_are_what_they_are_called(country: Country) -> None:
    answer = bytes(range(10)) + b"\x90\x00"
    assert distorted(answer, Fault.NONE) == answer
    assert distorted(answer, Fault.SLOW) == answer
    assert distorted(answer, Fault.MUTE) is None
    assert distorted(answer, Fault.TORN) == answer[:6]
    card = card_of(country, MYEID)
    lock_pin1(card)
    assert verify(card, PinSlot.PIN1, DEMO_PINS[PinSlot.PIN1]) == 0x6983


def test_over_t0_a_header_alone_that_is_answered_with_data_is_told_the_length(country: Country) -> None:
    link = T0Link(card_of(country, MYEID))
    assert link(bytes.fromhex("00840000")) == (b"", 0x6C08)
    assert len(link(bytes.fromhex("0084000008"))[0]) == 8


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=300),
            st.tuples(
                st.sampled_from([0x00, 0x10]),
                st.sampled_from([0x20, 0x22, 0x24, 0x2A, 0x2C, 0x2E, 0x84, 0xA4, 0xB0, 0xC0, 0xCA]),
                st.integers(0, 255),
                st.integers(0, 255),
                st.binary(max_size=40),
            ).map(lambda parts: bytes(parts[:4]) + parts[4]),
        ),
        max_size=8,
    ),
    st.booleans(),
    st.booleans(),
)
def test_nothing_that_it_is_sent_makes_it_fall_over(country: Country, sent: list[bytes], fineid: bool, t0: bool) -> None:
    card = card_of(country, FINEID if fineid else MYEID)
    link = T0Link(card) if t0 else card
    for apdu in sent:
        data, status_word = link(apdu)
        assert len(data) <= 256
        assert 0x6000 <= status_word <= 0x9FFF


def test_the_commands_know_every_shape_and_fault_and_the_reader_s_port() -> None:
    assert set(demo_card.SHAPES) == set(shapes.SHAPES)
    assert set(demo_card.FAULTS) == {str(fault) for fault in Fault}
    for command in demo_card.card.commands.values():
        assert {option.name: option.default for option in command.params}["port"] == VPCD_PORT
