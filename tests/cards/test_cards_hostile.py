"""Cards that lie, loop and swell: only a CardError may leave, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cards.loopback import (
    AOD,
    AUTHENTICATION,
    CDF,
    FINEID,
    MYEID,
    ODF,
    PRKD,
    TOKEN_INFO,
    Answer,
    CardMaterial,
    Loopback,
    Reply,
    entry,
    path,
    pkcs15_files,
    tlv,
    virtual_card,
)
from webvartti.cards import apdu as channels
from webvartti.cards.apdu import Channel
from webvartti.cards.errors import (
    CardConnectionLost,
    CardDataMalformed,
    CardError,
    CardFileTooLarge,
    CardReplyEndless,
    CardReplyMalformed,
)
from webvartti.cards.file_commands import select_application
from webvartti.cards.holders_card import HoldersCard
from webvartti.cards.status_words import (
    REFUSALS,
    CardRefused,
    FileNotFound,
    SecurityStatusNotSatisfied,
    VerificationFailed,
    refusal,
)
from webvartti.cards.tlv import read_elements
from webvartti.demo.virtual_card.file_system import APPLICATION
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot
from webvartti.domain.card_in_reader import KeyUse, PinName

FUZZ = settings(max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIN_BEFORE = tlv(0x30, tlv(0x0C, b"x")) + tlv(0x30, tlv(0x04, b"\x01"))


def pin_entry(*attributes: bytes) -> bytes:
    return tlv(0x30, PIN_BEFORE, tlv(0xA1, tlv(0x30, *attributes)))


def unchanged(apdu: bytes, reply: Reply) -> Reply:
    return reply


def loopback(material: CardMaterial, answer: Answer = unchanged, files: Mapping[bytes, bytes] | None = None) -> Loopback:
    """A card with the usual files, some of them replaced."""
    usual = dict(pkcs15_files(material, MYEID))
    return Loopback(virtual_card(material, files=usual | dict(files or {})), answer=answer)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (ODF, b"\xa4"),
        (ODF, b"\xa4\x10\x30"),
        (ODF, b"\xa4\x80\x00\x00"),
        (ODF, b"\xa4\x84\xff\xff\xff\xff"),
        (ODF, b"\xa4\x83\xff"),
        (ODF, b"\xbf\x9f\x9f\x9f\x01\x00"),
        (ODF, tlv(0xA4, b"")),
        (ODF, tlv(0xA4, tlv(0x30, b""))),
        (ODF, tlv(0xA4, path(b"\x44\x03")) * 300),
        (ODF, tlv(0xA8, path(b"\x44\x01")) * 20),
        (TOKEN_INFO, b""),
        (TOKEN_INFO, b"\x31\x00"),
        (CDF, tlv(0x30, b"")),
        (CDF, tlv(0x30, tlv(0x30, b""), tlv(0x30, b""))),
        (CDF, entry("x", b"\x45", path(AUTHENTICATION)) * 40),
        (CDF, entry("x", b"\x45", path(AUTHENTICATION, tlv(0x02, b"\x00"), tlv(0x80, b"\x7f\xff")))),
        (CDF, entry("x", b"\x45", path(AUTHENTICATION, tlv(0x02, b"\xff" * 9)))),
        (AUTHENTICATION, b"\x30\x82\x7f\xff\x00"),
        (AUTHENTICATION, b"\x04\x01\x00"),
        (AUTHENTICATION, b"\xff" * 50),
        (AOD, tlv(0x30, b"")),
        (AOD, tlv(0x30, PIN_BEFORE)),
        (AOD, pin_entry()),
        (AOD, pin_entry(tlv(0x03, b"\x04\x30"), tlv(0x0A, b"\x01"), tlv(0x02, b"\x04"))),
        (AOD, pin_entry(tlv(0x03, b"\x04\x30"), tlv(0x0A, b"\x01"), tlv(0x02, b"\x00"), tlv(0x02, b"\x08"))),
        (AOD, pin_entry(tlv(0x03, b"\x04\x30"), tlv(0x0A, b"\x01"), tlv(0x02, b"\x09"), tlv(0x02, b"\x08"))),
        (AOD, pin_entry(tlv(0x03, b"\x04\x30"), tlv(0x0A, b"\x01"), tlv(0x02, b"\x04"), tlv(0x02, b"\x7f\xff\xff\xff"))),
        (PRKD, tlv(0x30, b"")),
        (PRKD, tlv(0xA0, PIN_BEFORE)),
        (PRKD, tlv(0x30, PIN_BEFORE, tlv(0xA1, tlv(0x30, b"")))),
        (PRKD, tlv(0x30, PIN_BEFORE, tlv(0xA1, tlv(0x30, path(b"\x4b\x01")))) * 40),
    ],
)
def test_malformed_files_are_named(rsa: CardMaterial, file: bytes, content: bytes) -> None:
    with pytest.raises(CardDataMalformed):
        HoldersCard(loopback(rsa, files={file: content}))


@pytest.mark.parametrize("where", [b"", b"\x43", b"\x43\x31" * 20, b"\x12\x34"])
def test_paths_to_nowhere_are_named(rsa: CardMaterial, where: bytes) -> None:
    with pytest.raises(FileNotFound):
        HoldersCard(loopback(rsa, files={CDF: entry("x", b"\x45", path(where))}))


def test_a_file_of_ten_megabytes_is_cut_off(rsa: CardMaterial) -> None:
    def endless(apdu: bytes, reply: Reply) -> Reply:
        return (b"\x30\x83\x98\x96\x80" + bytes(251), 0x9000) if apdu[1] == 0xB0 else reply

    connection = loopback(rsa, endless)
    with pytest.raises(CardFileTooLarge):
        HoldersCard(connection)
    assert len(connection.commands) < 300


@pytest.mark.parametrize("data", [b"", b"x"])
def test_chaining_without_end_is_cut_off(rsa: CardMaterial, data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(CardReplyEndless):
        HoldersCard(loopback(rsa, lambda apdu, reply: (data, 0x6110)))
    assert time.monotonic() - started < 2


def test_wrong_length_for_ever_is_cut_off(rsa: CardMaterial) -> None:
    with pytest.raises(CardRefused) as refused:
        HoldersCard(loopback(rsa, lambda apdu, reply: (b"", 0x6C10) if apdu[1] == 0xB0 else reply))
    assert refused.value.status_word == 0x6C10


def test_a_byte_at_a_time_is_cut_off(rsa: CardMaterial) -> None:
    with pytest.raises(CardReplyEndless):
        HoldersCard(loopback(rsa, lambda apdu, reply: (b"\x01", 0x9000) if apdu[1] == 0xB0 else reply))


@pytest.mark.parametrize("reply", [(bytes(257), 0x9000), (bytes(10_000_000), 0x9000), (b"", 0), (b"", 0x12345), (b"", -1)])
def test_what_is_no_reply_is_named(rsa: CardMaterial, reply: Reply) -> None:
    with pytest.raises(CardReplyMalformed):
        HoldersCard(loopback(rsa, lambda apdu, given: reply))


@pytest.mark.parametrize("status_word", [*REFUSALS, 0x6283, 0x6FAA, 0x9100, 0x6A89])
def test_each_status_word_has_its_error(status_word: int) -> None:
    with pytest.raises(CardRefused) as refused:
        select_application(Channel(lambda apdu: (b"", status_word)), APPLICATION)
    assert type(refused.value) is REFUSALS.get(status_word, CardRefused)
    assert f"{status_word:04X}" in str(refused.value)


@pytest.mark.parametrize(("status_word", "tries_left"), [(0x63C0, 0), (0x63C3, 3), (0x63CF, 15), (0x6300, None)])
def test_a_failed_verification_tells_the_tries(status_word: int, tries_left: int | None) -> None:
    found = refusal(status_word)
    assert isinstance(found, VerificationFailed)
    assert found.tries_left == tries_left


def test_a_file_behind_a_pin_is_named() -> None:
    assert isinstance(refusal(0x6982), SecurityStatusNotSatisfied)
    assert len({kind.code for kind in REFUSALS.values()}) == len(set(REFUSALS.values()))


def test_a_card_just_too_fast_to_be_silent_is_named_after_a_minute(rsa: CardMaterial, monkeypatch: pytest.MonkeyPatch) -> None:
    """19 seconds for every command: no limit on one of them, or on their number, ends that before hours have gone."""
    now, seconds = [0.0], [0.0]

    def slow(apdu: bytes, reply: Reply) -> Reply:
        now[0] += seconds[0]
        return reply

    monkeypatch.setattr(channels, "monotonic", lambda: now[0])
    connection = loopback(rsa, slow)
    card = HoldersCard(connection)
    now[0] += 3600  # somebody looks for the letter with the code
    assert len(card.pins()) == 3
    seconds[0] = 19.0
    for use in (card.pins, lambda: HoldersCard(connection)):
        before = len(connection.commands)
        with pytest.raises(CardReplyEndless, match="60 seconds"):
            use()
        assert len(connection.commands) - before == 4


def brings_a_pin(apdu: bytes) -> bool:
    return apdu[1] in (0x20, 0x24, 0x2C) and len(apdu) > 5


@pytest.mark.parametrize("status_word", [0x6C08, 0x6700, 0x63C2, 0x6982])
def test_no_command_with_a_pin_is_ever_sent_twice(rsa: CardMaterial, status_word: int) -> None:
    """A card that asks for it again ("6Cxx") gets no second try at the holder's cost."""
    connection = loopback(rsa, lambda apdu, reply: (b"", status_word) if brings_a_pin(apdu) else reply)
    card = HoldersCard(connection)
    for use in uses(card):
        before = len(connection.commands)
        with pytest.raises(CardError):
            use()
        assert len([command for command in connection.commands[before:] if brings_a_pin(command)]) == 1


def test_a_card_pulled_out_in_the_middle_is_named(rsa: CardMaterial) -> None:
    def pulled(apdu: bytes, reply: Reply) -> Reply:
        raise CardConnectionLost

    with pytest.raises(CardConnectionLost):
        HoldersCard(loopback(rsa, pulled))


def uses(card: HoldersCard) -> tuple[Callable[[], object], ...]:
    """Everything that is done with a PIN."""
    pin1, pin2, code = (DEMO_PINS[slot] for slot in PinSlot)
    return (
        lambda: card.change_pin(PinName.PIN1, pin1, "2580"),
        lambda: card.set_pins(code, {PinName.PIN1: pin1}, lambda name: None),
        lambda: card.prove_signature(KeyUse.AUTHENTICATION, pin1, b"challenge"),
        lambda: card.prove_signature(KeyUse.SIGNATURE, pin2, b"challenge"),
    )


def use_up(connection: Loopback) -> None:
    """Everything that can be done with a card. Anything but a CardError fails the test by leaving."""
    try:
        card = HoldersCard(connection)
    except CardError:
        return
    for use in (card.pins, *uses(card)):
        try:
            use()
        except CardError:
            continue


@FUZZ
@given(st.sampled_from([ODF, TOKEN_INFO, CDF, AOD, PRKD, AUTHENTICATION]), st.data())
def test_fuzzed_files_leave_only_card_errors(rsa: CardMaterial, file: bytes, data: st.DataObject) -> None:
    content = bytearray(pkcs15_files(rsa, MYEID)[file])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content), 400) - 1))] = data.draw(st.integers(0, 255))
    use_up(loopback(rsa, files={file: bytes(content[: data.draw(st.integers(1, len(content)))])}))


@FUZZ
@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 0xFFFF)), min_size=1, max_size=12))
def test_fuzzed_replies_leave_only_card_errors(rsa: CardMaterial, replies: list[Reply]) -> None:
    sent = iter(replies)
    use_up(loopback(rsa, lambda apdu, reply: next(sent, replies[-1])))


@FUZZ
@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_a_good_card_that_lies_now_and_then_leaves_only_card_errors(
    p384: CardMaterial, seed: int, t0: bool, fineid: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable noise, nothing secret

    def noisy(apdu: bytes, reply: Reply) -> Reply:
        kind = chance.randrange(40)
        if kind == 0:
            return chance.randbytes(chance.randrange(260)), 0x9000
        if kind == 1:
            return reply[0], chance.choice([0x6110, 0x6C05, 0x6282, 0x6B00, 0x6A82, 0x6A88, 0x63C1, 0x6983, 0x6984, 0x9000])
        return reply

    use_up(Loopback(virtual_card(p384, FINEID if fineid else MYEID), t0, noisy))


@FUZZ
@given(st.binary(max_size=600))
def test_fuzzed_tlv_is_read_or_named(data: bytes) -> None:
    try:
        elements = read_elements(data)
    except CardDataMalformed:
        return
    assert b"".join(element.encoded for element in elements) == data[: sum(len(element.encoded) for element in elements)]
