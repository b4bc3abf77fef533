"""Commands as they leave: ISO/IEC 7816-3's four cases over T=1 and T=0, the profiles' own bytes, answers to reset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cards.loopback import FINEID, MYEID, CardMaterial, Loopback, virtual_card
from webvartti.cards.answer_to_reset import historical_bytes
from webvartti.cards.apdu import Channel, Command
from webvartti.cards.holders_card import HoldersCard
from webvartti.cards.profiles import FINEID as FINEID_PROFILE
from webvartti.cards.profiles import MYEID as MYEID_PROFILE
from webvartti.cards.profiles import UNKNOWN, recognise
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot
from webvartti.domain.card_in_reader import KeyUse, PinName

PIN1, PIN2, CODE = (DEMO_PINS[slot] for slot in PinSlot)


@pytest.mark.parametrize(
    ("command", "t1", "t0"),
    [
        (Command(0x20, 0x00, 0x03), "00200003", "0020000300"),
        (Command(0xB0, 0x01, 0x02, expected=256), "00B0010200", "00B0010200"),
        (Command(0x20, 0x00, 0x03, b"1234"), "002000030431323334", "002000030431323334"),
        (Command(0x2A, 0x9E, 0x9A, b"\xab", 96), "002A9E9A01AB60", "002A9E9A01AB"),
    ],
)
def test_the_four_cases(command: Command, t1: str, t0: str) -> None:
    assert command.encoded(t0=False).hex().upper() == t1
    assert command.encoded(t0=True).hex().upper() == t0


def test_a_command_is_printed_without_its_data() -> None:
    assert "1234" not in repr(Command(0x20, 0x00, 0x03, b"1234"))
    assert "31323334" not in repr(Command(0x20, 0x00, 0x03, b"1234"))


def test_a_reply_in_parts_is_put_together() -> None:
    replies = iter([(b"ab", 0x6103), (b"", 0x6C02), (b"cd", 0x6101), (b"e", 0x9000)])
    sent: list[str] = []

    def transmit(apdu: bytes) -> tuple[bytes, int]:
        sent.append(apdu.hex().upper())
        return next(replies)

    assert Channel(transmit).exchange(Command(0x2A, 0x9E, 0x9A, b"\xab", 96)) == b"abcde"
    assert sent == ["002A9E9A01AB60", "00C0000003", "00C0000002", "00C0000001"]


def commands(connection: Loopback, instructions: tuple[int, ...]) -> list[str]:
    return [command.hex().upper() for command in connection.commands if command[1] in instructions]


def test_fineid_s4_2_speaks_as_its_specification_says(p384: CardMaterial) -> None:
    """References 03, 04 and 12, digits at their typed length, the code verified before RESET RETRY COUNTER with P1 = 02."""
    connection = Loopback(virtual_card(p384, FINEID, activated=False))
    card = HoldersCard(connection)
    card.set_pins(CODE, {PinName.PIN1: "2580", PinName.PIN2: "902743"}, lambda name: None)
    card.change_pin(PinName.PIN1, "2580", "73915")
    card.prove_signature(KeyUse.SIGNATURE, "902743", b"challenge")
    assert [command for command in commands(connection, (0x20, 0x24, 0x2C)) if len(command) > 8] == [
        "0020001208" + CODE.encode().hex(),
        "002C02030432353830",
        "002C020406393032373433",
        "0024000309" + b"2580".hex() + b"73915".hex(),
        "0020000406393032373433",
    ]
    assert commands(connection, (0x22,)) == ["002241B606800154840182"]
    (signature,) = commands(connection, (0x2A,))
    assert (signature[:10], signature[-2:], len(signature)) == ("002A9E9A30", "60", 10 + 96 + 2)


def test_myeid_speaks_as_its_manual_says(rsa: CardMaterial) -> None:
    """References 01 and 02, blocks of eight bytes filled with FF, the code along with the new PIN."""
    connection = Loopback(virtual_card(rsa, MYEID))
    card = HoldersCard(connection)
    card.set_pins(CODE, {PinName.PIN2: "902743"}, lambda name: None)
    card.change_pin(PinName.PIN1, PIN1, "73915")
    card.prove_signature(KeyUse.AUTHENTICATION, "73915", b"challenge")
    assert [command for command in commands(connection, (0x20, 0x24, 0x2C)) if len(command) > 8] == [
        "002C000210" + CODE.encode().hex() + "393032373433FFFF",
        "0024000110" + PIN1.encode().hex() + "FFFFFFFF3733393135FFFFFF",
        "00200001083733393135FFFFFF",
    ]
    assert commands(connection, (0x22,)) == ["002241B60A80010281024B01840100"]


@pytest.mark.parametrize(
    ("answer", "profile"),
    [
        ("3BDD96008031FE450031B8640429ECC1739401808349", FINEID_PROFILE),  # Cosmo X
        ("3BDD96008031FE450031B8640429ECC1739401808248", FINEID_PROFILE),  # ID.me
        ("3BDF96008031FE450031B8640429ECC17394018082900000", FINEID_PROFILE),  # Cosmo v7
        ("3B8980010031B8640429ECC17394018083", UNKNOWN),  # contactless, and too short for what it announces
        ("3B8E80010031B8640429ECC1739401808300", FINEID_PROFILE),  # the same chip framed by a contactless reader
        ("3BF51800008131FE454D794549449A", MYEID_PROFILE),
        ("3B7F9600008031B865B085030012F6829000", UNKNOWN),  # a citizen's card
        ("", UNKNOWN),
        ("3B", UNKNOWN),
        ("3BFF", UNKNOWN),
        ("3B80808080808080", UNKNOWN),
    ],
)
def test_cards_are_recognised_by_their_historical_bytes(answer: str, profile: object) -> None:
    assert recognise(bytes.fromhex(answer)) is profile


@given(st.binary(max_size=40))
def test_any_answer_to_reset_is_read(answer: bytes) -> None:
    assert len(historical_bytes(answer)) <= 15
