"""Which PINs a holder may choose. Nothing here is logged, and no message holds a digit of what was typed."""

from __future__ import annotations

from webvartti.domain.errors import WebVarttiError

_DIGITS = "0123456789"
_UPWARDS = _DIGITS * 2
_DOWNWARDS = _UPWARDS[::-1]


class PinRefused(WebVarttiError):
    """This PIN can't be taken."""

    code = "pin-refused"


class PinNotDigits(PinRefused):
    """A PIN has digits only."""

    code = "pin-not-digits"


class PinLengthWrong(PinRefused):
    """The card's PIN has another number of digits."""

    code = "pin-length-wrong"

    def __init__(self, shortest: int, longest: int) -> None:
        wanted = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
        super().__init__(f"it must have {wanted} digits")


class PinInARow(PinRefused):
    """Digits in a row, upwards or downwards, are what a thief tries first."""

    code = "pin-in-a-row"


class PinRepeats(PinRefused):
    """One or two digits over and over are what a thief tries first."""

    code = "pin-repeats"


class PinFromCode(PinRefused):
    """It stands in the activation code, so whoever finds the letter would know it."""

    code = "pin-from-activation-code"


class PinUnchanged(PinRefused):
    """It is the same as before."""

    code = "pin-unchanged"


class PinsAlike(PinRefused):
    """PIN1 and PIN2 must differ: who has seen you sign in must not be able to sign in your name."""

    code = "pins-alike"


def check_digits(typed: str, digits: tuple[int, int]) -> None:
    """What can be no PIN or code of this card costs no try. ``digits`` is (shortest, longest); raises a PinRefused."""
    if not typed or any(character not in _DIGITS for character in typed):
        raise PinNotDigits
    if not digits[0] <= len(typed) <= digits[1]:
        raise PinLengthWrong(*digits)


def check_new_pin(pin: str, digits: tuple[int, int], *, code: str = "", old: str = "", other: str = "") -> None:
    """Raises the PinRefused that applies first. ``other`` is the card's other PIN, where it is chosen now too."""
    check_digits(pin, digits)
    if pin in _UPWARDS or pin in _DOWNWARDS:
        raise PinInARow
    if any(pin == (pin[:period] * len(pin))[: len(pin)] for period in (1, 2)):
        raise PinRepeats
    if pin in code:
        raise PinFromCode
    if pin == old:
        raise PinUnchanged
    if pin == other:
        raise PinsAlike
