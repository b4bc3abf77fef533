"""How the card commands end, for scripts: each reason by its number."""

from __future__ import annotations

from webvartti.cli.context import PlainErrors
from webvartti.domain.errors import WebVarttiError

NO_SUPPORT, NO_READER, NO_CARD, CARD_UNUSABLE = 3, 4, 5, 6
WRONG, LOCKED, PIN_REFUSED, CARD_REFUSED, SIGNATURE_WRONG = 7, 8, 9, 10, 11
NOT_SIGNED_IN, GIVEN_UP = 12, 13

MEANINGS: dict[int, str] = {
    0: "done, or nothing to do",
    1: "something else: the message says what",
    2: "the command was written wrongly",
    NO_SUPPORT: "card support, the card service, a terminal or what sign-in needs is missing",
    NO_READER: "no card reader, or none of that name",
    NO_CARD: "no card, or it was taken out",
    CARD_UNUSABLE: "the card can't be read, doesn't answer, or isn't of a known kind",
    WRONG: "a PIN or the activation code was wrong",
    LOCKED: "a PIN or the code is locked, or the card hasn't been activated",
    PIN_REFUSED: "what was typed can't be a PIN, or not a good one",
    CARD_REFUSED: "sign-in would refuse the card",
    SIGNATURE_WRONG: "the card's signature doesn't fit its certificate",
    NOT_SIGNED_IN: "the service refused the card, or couldn't be reached",
    GIVEN_UP: "given up at a question",
}

CODES: dict[str, int] = {
    **dict.fromkeys(("card-support-missing", "card-service-unavailable", "card-sign-in-tools-missing"), NO_SUPPORT),
    "no-terminal": NO_SUPPORT,
    **dict.fromkeys(("no-card-reader", "card-reader-unknown"), NO_READER),
    **dict.fromkeys(("no-card", "card-connection-lost", "card-exchanged"), NO_CARD),
    "card-pin-wrong": WRONG,
    **dict.fromkeys(("card-pin-locked", "card-not-activated"), LOCKED),
    **dict.fromkeys(
        ("pin-refused", "pin-not-digits", "pin-length-wrong", "pin-in-a-row", "pin-repeats", "pin-from-activation-code",
         "pin-unchanged", "pins-alike", "pins-differ"), PIN_REFUSED),
    "card-signature-wrong": SIGNATURE_WRONG,
    **dict.fromkeys(("service-not-reached", "service-page-unexpected"), NOT_SIGNED_IN),
    "given-up": GIVEN_UP,
}  # fmt: skip
"""By the code of the error. Whatever else a card does is CARD_UNUSABLE."""


class CardCommands(PlainErrors):
    """Ends with the number of the reason."""

    def exit_code(self, problem: WebVarttiError) -> int:
        """By the error's code."""
        return CODES.get(problem.code, CARD_UNUSABLE if problem.code.partition("-")[0] in ("card", "not") else 1)


EPILOG = "Exit codes:\n\n\b\n" + "\n".join(f"{number:2}  {meaning}" for number, meaning in MEANINGS.items())
