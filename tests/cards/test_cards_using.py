"""Activating, changing, unlocking and testing a card, in every dialect, and what may go wrong meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cards.loopback import AOD, FINEID, MYEID, PRKD, CardMaterial, Loopback, Reply, pkcs15_files, virtual_card
from webvartti.cards.errors import (
    CardConnectionLost,
    CardError,
    CardKindUnknown,
    CardLacks,
    CardNotActivated,
    PinLocked,
    PinNotStorable,
    SignatureWrong,
    WrongPin,
)
from webvartti.cards.holders_card import HoldersCard
from webvartti.demo.virtual_card.pins import DEMO_PINS
from webvartti.demo.virtual_card.shapes import PinSlot, Shape
from webvartti.domain.card_in_reader import KeyUse, PinName, PinState

PIN1, PIN2, CODE = (DEMO_PINS[slot] for slot in PinSlot)
NEW = {PinName.PIN1: "2580", PinName.PIN2: "90274316"}
CHALLENGE = b"a challenge"
DIALECTS = pytest.mark.parametrize(("shape", "t0"), [(MYEID, False), (MYEID, True), (FINEID, False), (FINEID, True)],
                                   ids=["myeid-t1", "myeid-t0", "fineid-t1", "fineid-t0"])  # fmt: skip


@pytest.fixture(params=["rsa", "p384"])
def material(request: pytest.FixtureRequest) -> CardMaterial:
    found: CardMaterial = request.getfixturevalue(request.param)
    return found


def states(card: HoldersCard) -> list[PinState]:
    return [pin.state for pin in card.pins()]


@DIALECTS
def test_both_keys_sign_and_their_certificates_verify_it(material: CardMaterial, shape: Shape, t0: bool) -> None:
    card = HoldersCard(Loopback(virtual_card(material, shape), t0))
    for use, pin in ((KeyUse.AUTHENTICATION, PIN1), (KeyUse.SIGNATURE, PIN2)):
        proof = card.prove_signature(use, pin, CHALLENGE)
        assert proof.use is use
        assert proof.algorithm in ("RSA-2048", "P-384")


@DIALECTS
def test_a_new_card_is_activated_and_works(material: CardMaterial, shape: Shape, t0: bool) -> None:
    card = HoldersCard(Loopback(virtual_card(material, shape, activated=False), t0))
    assert states(card) == [PinState.NOT_SET, PinState.NOT_SET, PinState.USABLE]
    with pytest.raises(CardNotActivated, match="card activate"):
        card.prove_signature(KeyUse.AUTHENTICATION, PIN1, CHALLENGE)
    done: list[PinName] = []
    card.set_pins(CODE, NEW, done.append)
    assert done == [PinName.PIN1, PinName.PIN2]
    assert states(card) == [PinState.USABLE] * 3
    card.prove_signature(KeyUse.AUTHENTICATION, NEW[PinName.PIN1], CHALLENGE)
    card.prove_signature(KeyUse.SIGNATURE, NEW[PinName.PIN2], CHALLENGE)


@DIALECTS
def test_a_wrong_code_costs_one_try_and_sets_nothing(rsa: CardMaterial, shape: Shape, t0: bool) -> None:
    card = HoldersCard(Loopback(virtual_card(rsa, shape, activated=False), t0))
    done: list[PinName] = []
    with pytest.raises(WrongPin, match="the activation code was wrong; 4 tries are left"):
        card.set_pins("70413853", NEW, done.append)
    assert done == []
    assert [(pin.state, pin.tries_left) for pin in card.pins()][2] == (PinState.USABLE, 4)
    assert states(card)[:2] == [PinState.NOT_SET, PinState.NOT_SET]


@DIALECTS
def test_an_interrupted_activation_is_taken_up_again(p384: CardMaterial, shape: Shape, t0: bool) -> None:
    """The card is pulled out after PIN1 has been set, and put in again."""
    inside = virtual_card(p384, shape, activated=False)
    connection, resets = Loopback(inside, t0), iter(range(2))
    link = connection.link

    def pulled(apdu: bytes) -> Reply:
        if apdu[1] == 0x2C and next(resets) == 1:
            raise CardConnectionLost
        return link(apdu)

    connection.link = pulled
    done: list[PinName] = []
    with pytest.raises(CardConnectionLost):
        HoldersCard(connection).set_pins(CODE, NEW, done.append)
    assert done == [PinName.PIN1]
    again = HoldersCard(Loopback(inside, t0))
    assert states(again)[:2] == [PinState.USABLE, PinState.NOT_SET]
    again.set_pins(CODE, {PinName.PIN2: NEW[PinName.PIN2]}, done.append)
    again.prove_signature(KeyUse.AUTHENTICATION, NEW[PinName.PIN1], CHALLENGE)
    again.prove_signature(KeyUse.SIGNATURE, NEW[PinName.PIN2], CHALLENGE)


@DIALECTS
def test_a_pin_is_changed(p384: CardMaterial, shape: Shape, t0: bool) -> None:
    card = HoldersCard(Loopback(virtual_card(p384, shape), t0))
    card.change_pin(PinName.PIN1, PIN1, "739152")
    card.prove_signature(KeyUse.AUTHENTICATION, "739152", CHALLENGE)
    with pytest.raises(WrongPin, match="PIN1 was wrong; 4 tries are left"):
        card.change_pin(PinName.PIN1, PIN1, "8520")
    card.prove_signature(KeyUse.AUTHENTICATION, "739152", CHALLENGE)
    assert card.pins()[0].tries_left == 5


@DIALECTS
def test_too_many_wrong_tries_lock_a_pin_and_the_code_frees_it(rsa: CardMaterial, shape: Shape, t0: bool) -> None:
    card = HoldersCard(Loopback(virtual_card(rsa, shape), t0))
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongPin, match=rf"PIN1 was wrong; {left} (try is|tries are) left"):
            card.prove_signature(KeyUse.AUTHENTICATION, "0000", CHALLENGE)
    for _ in range(2):
        with pytest.raises(PinLocked, match="webvartti card unlock pin1"):
            card.prove_signature(KeyUse.AUTHENTICATION, "0000", CHALLENGE)
    assert (card.pins()[0].state, card.pins()[0].tries_left) == (PinState.LOCKED, 0)
    assert card.pins()[1].tries_left == 5
    card.set_pins(CODE, {PinName.PIN1: "2580"}, lambda name: None)
    card.prove_signature(KeyUse.AUTHENTICATION, "2580", CHALLENGE)


def test_a_locked_code_sends_its_holder_to_a_registration_point(rsa: CardMaterial) -> None:
    card = HoldersCard(Loopback(virtual_card(rsa, FINEID)))
    for _ in range(4):
        with pytest.raises(WrongPin):
            card.set_pins("11112222", NEW, lambda name: None)
    with pytest.raises(PinLocked, match="registration point"):
        card.set_pins("11112222", NEW, lambda name: None)


@DIALECTS
def test_no_verified_pin_outlives_what_it_was_typed_for(rsa: CardMaterial, shape: Shape, t0: bool) -> None:
    connection = Loopback(virtual_card(rsa, shape), t0)
    card = HoldersCard(connection)
    card.prove_signature(KeyUse.AUTHENTICATION, PIN1, CHALLENGE)
    card.change_pin(PinName.PIN1, PIN1, "73915264")
    card.set_pins(CODE, NEW, lambda name: None)
    for reference in shape.references.values():
        _, status_word = connection(bytes((0x00, 0x20, 0x00, reference)))
        assert status_word == 0x63C5  # tries, not 9000


def test_the_card_s_own_numbers_count_and_those_of_its_profile_where_it_has_none(p384: CardMaterial) -> None:
    """FINEID S4-2's own sample of EF.AOD has references that no card has."""
    usual = pkcs15_files(p384, FINEID)
    renumbered = dict(usual) | {AOD: usual[AOD].replace(b"\x80\x01\x03", b"\x80\x01\x11")}
    card = HoldersCard(Loopback(virtual_card(p384, FINEID, files=renumbered)))
    card.prove_signature(KeyUse.AUTHENTICATION, PIN1, CHALLENGE)
    assert [pin.tries_left for pin in card.pins()] == [5, 5, 5]


def test_a_card_of_an_unknown_kind_is_shown_and_otherwise_left_alone(rsa: CardMaterial) -> None:
    connection = Loopback(virtual_card(rsa))
    connection.answer_to_reset = b"\x3b\x00"
    card = HoldersCard(connection)
    assert card.contents.profile == "PKCS#15"
    assert len(card.pins()) == 3
    before = len(connection.commands)
    for use in (
        lambda: card.set_pins(CODE, NEW, lambda name: None),
        lambda: card.change_pin(PinName.PIN1, PIN1, "2580"),
        lambda: card.prove_signature(KeyUse.AUTHENTICATION, PIN1, CHALLENGE),
    ):
        with pytest.raises(CardKindUnknown):
            use()
    assert len(connection.commands) == before


@pytest.mark.parametrize("pin", ["", "123456789", "1234å"])
def test_what_the_card_has_no_room_for_never_reaches_it(rsa: CardMaterial, pin: str) -> None:
    connection = Loopback(virtual_card(rsa, FINEID))
    card = HoldersCard(connection)
    before = len(connection.commands)
    with pytest.raises(PinNotStorable):
        card.prove_signature(KeyUse.AUTHENTICATION, pin, CHALLENGE)
    assert len(connection.commands) == before


def test_a_signature_that_is_none_is_named(p384: CardMaterial) -> None:
    def garbled(apdu: bytes, reply: Reply) -> Reply:
        return (reply[0][:-1] + bytes((reply[0][-1] ^ 1,)), reply[1]) if apdu[1] == 0x2A else reply

    for shape in (MYEID, FINEID):
        with pytest.raises(SignatureWrong, match="registration point"):
            HoldersCard(Loopback(virtual_card(p384, shape), answer=garbled)).prove_signature(
                KeyUse.AUTHENTICATION, PIN1, CHALLENGE
            )


def test_a_card_without_a_key_says_so(rsa: CardMaterial) -> None:
    files = dict(pkcs15_files(rsa, FINEID)) | {PRKD: b""}
    with pytest.raises(CardLacks):
        HoldersCard(Loopback(virtual_card(rsa, FINEID, files=files))).prove_signature(KeyUse.SIGNATURE, PIN2, CHALLENGE)


def test_no_error_holds_what_was_typed(rsa: CardMaterial) -> None:
    told: list[str] = []
    for shape in (MYEID, FINEID):
        card = HoldersCard(Loopback(virtual_card(rsa, shape)))
        for attempt in attempts(card):
            told.append(attempt)
    assert told
    assert not [text for text in told for secret in ("61728394", "5937", "2580") if secret in text]


def attempts(card: HoldersCard) -> Iterator[str]:
    """Every error with its whole chain, as a traceback would print it."""
    for use in (
        lambda: card.set_pins("61728394", {PinName.PIN1: "2580"}, lambda name: None),
        lambda: card.change_pin(PinName.PIN1, "5937", "2580"),
        lambda: card.prove_signature(KeyUse.AUTHENTICATION, "5937", CHALLENGE),
    ):
        try:
            use()
        except CardError as error:
            chain: BaseException | None = error
            while chain is not None:
                yield f"{chain!r} {chain} {vars(chain)}"
                chain = chain.__cause__
