"""Which PINs may be chosen, and that no refusal repeats what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webvartti.domain.pin_rules import (
    PinFromCode,
    PinInARow,
    PinLengthWrong,
    PinNotDigits,
    PinRefused,
    PinRepeats,
    PinsAlike,
    PinUnchanged,
    check_new_pin,
)

ANY_LENGTH, BACKUP_PIN1, BACKUP_PIN2 = (4, 8), (4, 4), (6, 6)
CODE = "70413852"


@pytest.mark.parametrize("pin", ["4817", "395026", "27182818", "1243", "1212348", "0305"])
def test_ordinary_pins_are_taken(pin: str) -> None:
    check_new_pin(pin, ANY_LENGTH, code=CODE, old="9999", other="48170")


@pytest.mark.parametrize(
    ("pin", "reason"),
    [
        ("", PinNotDigits),
        ("48a7", PinNotDigits),
        ("٤٨١٧", PinNotDigits),  # digits of another script, which no card knows
        ("4817 ", PinNotDigits),
        ("481", PinLengthWrong),
        ("481739502", PinLengthWrong),
        ("1234", PinInARow),
        ("87654321", PinInARow),
        ("7890", PinInARow),
        ("2109", PinInARow),
        ("0000", PinRepeats),
        ("22222222", PinRepeats),
        ("1212", PinRepeats),
        ("9090909", PinRepeats),
        ("7041", PinFromCode),
        (CODE, PinFromCode),
        ("5937", PinUnchanged),
        ("62840", PinsAlike),
    ],
)
def test_each_refusal_has_its_reason(pin: str, reason: type[PinRefused]) -> None:
    with pytest.raises(reason):
        check_new_pin(pin, ANY_LENGTH, code=CODE, old="5937", other="62840")


def test_a_backup_card_has_four_digits_for_pin1_and_six_for_pin2() -> None:
    check_new_pin("4817", BACKUP_PIN1)
    check_new_pin("395026", BACKUP_PIN2)
    for pin, digits in (("48172", BACKUP_PIN1), ("39502", BACKUP_PIN2)):
        with pytest.raises(PinLengthWrong, match=f"{digits[0]} digits"):
            check_new_pin(pin, digits)


@given(st.text(alphabet="0123456789ab", max_size=10))
def test_no_refusal_repeats_what_was_typed(pin: str) -> None:
    told = ""
    try:
        check_new_pin(pin, ANY_LENGTH)
    except PinRefused as refused:
        told = f"{refused!r} {refused}"
    assert len(pin) < 3 or pin not in told
