"""The status words of ISO/IEC 7816-4 (table 6) that a command may end with, each an error of its own."""

from __future__ import annotations

from webvartti.cards.errors import CardError

SUCCESS = 0x9000
END_OF_FILE = 0x6282
OFFSET_OUTSIDE_FILE = 0x6B00


class CardRefused(CardError):
    """The card answered a command with a status word other than success."""

    code = "card-refused"

    def __init__(self, status_word: int) -> None:
        super().__init__(f"the card refused a command with status word {status_word:04X}")
        self.status_word = status_word


class VerificationFailed(CardRefused):
    """63Cx: the PIN or the code was wrong, and x tries are left; 6300: wrong, and the card doesn't tell how many are left."""

    code = "card-verification-failed"

    def __init__(self, status_word: int) -> None:
        super().__init__(status_word)
        self.tries_left = status_word & 0x0F if status_word >> 4 == 0x63C else None


class CardMemoryFailure(CardRefused):
    """6581: the chip may be worn out."""

    code = "card-memory-failure"


class WrongLength(CardRefused):
    """6700."""

    code = "card-wrong-length"


class SecurityStatusNotSatisfied(CardRefused):
    """6982: the file can be read only after a PIN, or not at all."""

    code = "card-security-status-not-satisfied"


class PinBlocked(CardRefused):
    """6983: the authentication method is blocked."""

    code = "card-pin-blocked"


class PinNotSet(CardRefused):
    """6984: the reference data can't be used, as on a card that hasn't been activated."""

    code = "card-pin-not-set"


class ConditionsNotSatisfied(CardRefused):
    """6985."""

    code = "card-conditions-not-satisfied"


class NotAFile(CardRefused):
    """6981 or 6986: what is selected is a folder, or nothing."""

    code = "card-not-a-file"


class FunctionNotSupported(CardRefused):
    """6A81, 6D00 or 6E00: the card doesn't know the command."""

    code = "card-function-not-supported"


class FileNotFound(CardRefused):
    """6A82: the file or the application isn't on the card."""

    code = "card-file-not-found"


class ReferenceDataNotFound(CardRefused):
    """6A88: the card has no PIN or key of this number."""

    code = "card-reference-data-not-found"


class IncorrectParameters(CardRefused):
    """6A80, 6A86 or 6A87."""

    code = "card-incorrect-parameters"


class OffsetOutsideFile(CardRefused):
    """6B00."""

    code = "card-offset-outside-file"


class CardDisabled(CardRefused):
    """6F00 or 6FFF: the card gives no diagnosis; some are out of order for good then."""

    code = "card-disabled"


REFUSALS: dict[int, type[CardRefused]] = {
    0x6581: CardMemoryFailure,
    0x6700: WrongLength,
    0x6981: NotAFile,
    0x6982: SecurityStatusNotSatisfied,
    0x6983: PinBlocked,
    0x6984: PinNotSet,
    0x6985: ConditionsNotSatisfied,
    0x6986: NotAFile,
    0x6A80: IncorrectParameters,
    0x6A81: FunctionNotSupported,
    0x6A82: FileNotFound,
    0x6A86: IncorrectParameters,
    0x6A87: IncorrectParameters,
    0x6A88: ReferenceDataNotFound,
    OFFSET_OUTSIDE_FILE: OffsetOutsideFile,
    0x6D00: FunctionNotSupported,
    0x6E00: FunctionNotSupported,
    0x6F00: CardDisabled,
    0x6FFF: CardDisabled,
}


def refusal(status_word: int) -> CardRefused:
    """The error for a status word that isn't success; the base class where it isn't in the table."""
    if status_word == 0x6300 or status_word >> 4 == 0x63C:
        return VerificationFailed(status_word)
    return REFUSALS.get(status_word, CardRefused)(status_word)
