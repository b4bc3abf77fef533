"""Cards that lie, loop and swell: only a CardError may leave, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cards.loopback import AID, AUTHENTICATION, CDF, ODF, TOKEN_INFO, LoopbackCard, entry, path, pkcs15_files, tlv
from webvartti.cards import CardContents, CardError, read_card
from webvartti.cards.apdu import Channel
from webvartti.cards.errors import (
    CardConnectionLost,
    CardDataMalformed,
    CardFileTooLarge,
    CardReplyEndless,
    CardReplyMalformed,
)
from webvartti.cards.status_words import REFUSALS, CardRefused, FileNotFound, SecurityStatusNotSatisfied, refusal
from webvartti.cards.tlv import read_elements

Reply = tuple[bytes, int]


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
    ],
)
def test_malformed_files_are_named(file: bytes, content: bytes) -> None:
    with pytest.raises(CardDataMalformed):
        read_card(LoopbackCard(pkcs15_files() | {file: content}))


@pytest.mark.parametrize("where", [b"", b"\x43", b"\x43\x31" * 20, b"\x12\x34"])
def test_paths_to_nowhere_are_named(where: bytes) -> None:
    with pytest.raises(FileNotFound):
        read_card(LoopbackCard(pkcs15_files() | {CDF: entry("x", b"\x45", path(where))}))


def altered(answer: Callable[[bytes, Reply], Reply], card: LoopbackCard | None = None) -> Callable[[bytes], Reply]:
    """A good card whose replies pass through ``answer``."""
    inner = card or LoopbackCard()
    return lambda apdu: answer(apdu, inner(apdu))


def test_a_file_of_ten_megabytes_is_cut_off() -> None:
    card = LoopbackCard(pkcs15_files() | {AUTHENTICATION: b"\x30\x83\x98\x96\x80" + bytes(10_000_000)})
    with pytest.raises(CardFileTooLarge):
        read_card(card)
    assert len(card.commands) < 300


@pytest.mark.parametrize("data", [b"", b"x"])
def test_chaining_without_end_is_cut_off(data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(CardReplyEndless):
        read_card(lambda apdu: (data, 0x6110))
    assert time.monotonic() - started < 2


def test_wrong_length_for_ever_is_cut_off() -> None:
    with pytest.raises(CardRefused) as refused:
        read_card(altered(lambda apdu, reply: (b"", 0x6C10) if apdu[1] == 0xB0 else reply))
    assert refused.value.status_word == 0x6C10


def test_a_byte_at_a_time_is_cut_off() -> None:
    with pytest.raises(CardReplyEndless):
        read_card(altered(lambda apdu, reply: (b"\x01", 0x9000) if apdu[1] == 0xB0 else reply))


@pytest.mark.parametrize("reply", [(bytes(257), 0x9000), (bytes(10_000_000), 0x9000), (b"", 0), (b"", 0x12345), (b"", -1)])
def test_what_is_no_reply_is_named(reply: Reply) -> None:
    with pytest.raises(CardReplyMalformed):
        read_card(lambda apdu: reply)


@pytest.mark.parametrize("status_word", [*REFUSALS, 0x6283, 0x63C0, 0x6FAA, 0x9100, 0x6A88])
def test_each_status_word_has_its_error(status_word: int) -> None:
    card = Channel(lambda apdu: (b"", status_word))
    with pytest.raises(CardRefused) as refused:
        card.select_application(AID)
    assert type(refused.value) is REFUSALS.get(status_word, CardRefused)
    assert f"{status_word:04X}" in str(refused.value)


def test_a_file_behind_a_pin_is_named() -> None:
    assert isinstance(refusal(0x6982), SecurityStatusNotSatisfied)
    assert len({kind.code for kind in REFUSALS.values()}) == len(set(REFUSALS.values()))


def test_a_card_pulled_out_in_the_middle_is_named() -> None:
    def pulled(apdu: bytes) -> Reply:
        raise CardConnectionLost

    with pytest.raises(CardConnectionLost):
        read_card(pulled)


def outcome(transmit: Callable[[bytes], Reply]) -> CardContents | CardError:
    """Anything but a CardError fails the test by leaving."""
    try:
        return read_card(transmit)
    except CardError as error:
        return error


@settings(max_examples=300, deadline=None, database=None)
@given(st.sampled_from([ODF, TOKEN_INFO, CDF, AUTHENTICATION]), st.data())
def test_fuzzed_files_leave_only_card_errors(file: bytes, data: st.DataObject) -> None:
    files = pkcs15_files()
    content = bytearray(files[file])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content), 120) - 1))] = data.draw(st.integers(0, 255))
    outcome(LoopbackCard(files | {file: bytes(content[: data.draw(st.integers(1, len(content)))])}))


@settings(max_examples=200, deadline=None, database=None)
@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 0xFFFF)), min_size=1, max_size=12))
def test_fuzzed_replies_leave_only_card_errors(replies: list[Reply]) -> None:
    sent = iter(replies)
    outcome(lambda apdu: next(sent, replies[-1]))


@settings(max_examples=200, deadline=None, database=None)
@given(st.integers(0, 2**32))
def test_a_good_card_that_lies_now_and_then_leaves_only_card_errors(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable noise, nothing secret

    def noisy(apdu: bytes, reply: Reply) -> Reply:
        kind = chance.randrange(30)
        if kind == 0:
            return chance.randbytes(chance.randrange(260)), 0x9000
        return (reply[0], chance.choice([0x6110, 0x6C05, 0x6282, 0x6B00, 0x6A82, 0x9000])) if kind == 1 else reply

    outcome(altered(noisy, LoopbackCard(chained=seed % 2 == 0)))


@settings(max_examples=300, deadline=None, database=None)
@given(st.binary(max_size=600))
def test_fuzzed_tlv_is_read_or_named(data: bytes) -> None:
    try:
        elements = read_elements(data)
    except CardDataMalformed:
        return
    assert b"".join(element.encoded for element in elements) == data[: sum(len(element.encoded) for element in elements)]
