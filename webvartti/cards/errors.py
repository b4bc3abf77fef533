"""Why a card couldn't be read or used. No message holds what stands on the card, or what was typed."""

from __future__ import annotations

from webvartti.domain.card_in_reader import PinName
from webvartti.domain.errors import WebVarttiError


class CardError(WebVarttiError):
    """The card, its reader or what drives them doesn't give what was asked."""

    code = "card-error"


class CardSupportMissing(CardError):
    """The Python package or the system library for card readers isn't installed."""

    code = "card-support-missing"

    def __init__(self) -> None:
        super().__init__(
            "card readers need the optional package and the system's card service: "
            ".venv/bin/pip install '.[cards]' in the checkout, and on Debian or Ubuntu: apt install pcscd libpcsclite1 "
            "(libpcsclite-dev, gcc and python3-dev while pip builds it)"
        )


class CardServiceUnavailable(CardError):
    """The system's card service (pcscd) isn't running, or this user may not use it."""

    code = "card-service-unavailable"

    def __init__(self) -> None:
        super().__init__("the card service doesn't answer: is pcscd installed and running?")


class NoReader(CardError):
    """No card reader is connected."""

    code = "no-card-reader"

    def __init__(self) -> None:
        super().__init__("no card reader is connected")


class ReaderUnknown(CardError):
    """No connected reader has the name that was asked for."""

    code = "card-reader-unknown"


class NoCard(CardError):
    """There is no card in the reader, or it is the wrong way round."""

    code = "no-card"

    def __init__(self) -> None:
        super().__init__("no card answers: is it in the reader, chip first?")


class CardConnectionLost(CardError):
    """The card was pulled out, or the reader stopped answering."""

    code = "card-connection-lost"

    def __init__(self) -> None:
        super().__init__("the connection to the card was lost")


class CardExchanged(CardError):
    """Another card is in the reader than when it was asked for the PIN."""

    code = "card-exchanged"

    def __init__(self) -> None:
        super().__init__("another card came into the reader meanwhile: it got nothing of what was typed")


class NotAPkcs15Card(CardError):
    """The card holds no PKCS#15 application (ISO/IEC 7816-15), so it is none of the cards that this program knows."""

    code = "not-a-pkcs15-card"


class CardReplyMalformed(CardError):
    """A reply is longer than what was asked for, or isn't a reply by ISO/IEC 7816-4."""

    code = "card-reply-malformed"


class CardReplyEndless(CardError):
    """The card goes on announcing more, without an end in sight."""

    code = "card-reply-endless"


class CardFileTooLarge(CardError):
    """A file is longer than a card of this kind can have it."""

    code = "card-file-too-large"


class CardDataMalformed(CardError):
    """A file of the card isn't what PKCS#15 says it should be."""

    code = "card-data-malformed"


class CardSilent(CardError):
    """The card, or another program that has it to itself, doesn't answer in time."""

    code = "card-silent"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the card hasn't answered for {seconds:g} seconds: take it out and in again, and close other programs that use it"
        )


class CardKindUnknown(CardError):
    """The card can be read, but this program doesn't know how it sets PINs or signs, and doesn't try."""

    code = "card-kind-unknown"

    def __init__(self) -> None:
        super().__init__("this kind of card can be shown, but not activated or tested here: use its own reader software")


class CardLacks(CardError):
    """The card has no PIN, key or certificate for what was asked."""

    code = "card-lacks"


class PinNotStorable(CardError):
    """The card has no room for a PIN of this length, or packs its digits in a way that isn't known here."""

    code = "card-pin-not-storable"


class WrongPin(CardError):
    """A PIN or the activation code was wrong. ``tries_left`` is None where the card doesn't tell."""

    code = "card-pin-wrong"

    def __init__(self, name: PinName, tries_left: int | None) -> None:
        count = "the card doesn't tell how many tries" if tries_left is None else f"{tries_left}"
        noun = "try is" if tries_left == 1 else "are" if tries_left is None else "tries are"
        what = "the activation code" if name is PinName.CODE else name
        super().__init__(f"{what} was wrong; {count} {noun} left before it is locked")
        self.name = name
        self.tries_left = tries_left


class PinLocked(CardError):
    """Too many wrong tries. A locked PIN is set anew with the activation code; a locked code ends the card."""

    code = "card-pin-locked"

    def __init__(self, name: PinName) -> None:
        if name is PinName.CODE:
            super().__init__(
                "the activation code is locked for good: visit a registration point, with a passport or identity card"
            )
        else:
            super().__init__(f"{name} is locked: set it anew with the activation code (webvartti card unlock {name.lower()})")
        self.name = name


class CardNotActivated(CardError):
    """The PIN hasn't been set yet."""

    code = "card-not-activated"

    def __init__(self, name: PinName) -> None:
        super().__init__(f"{name} hasn't been set yet: activate the card with the code of the letter (webvartti card activate)")
        self.name = name


class SignatureWrong(CardError):
    """The card signed, and its own certificate doesn't verify it: key and certificate don't belong together."""

    code = "card-signature-wrong"

    def __init__(self) -> None:
        super().__init__(
            "the card's signature doesn't fit its certificate: the card is faulty; a registration point replaces it"
        )


class SignInToolsMissing(CardError):
    """What signs in with a card from the command line isn't installed, or can't use this card."""

    code = "card-sign-in-tools-missing"

    def __init__(self, told: str = "") -> None:
        super().__init__(
            told
            or "signing in from here takes OpenSC, curl and OpenSSL's PKCS#11 engine; on Debian or Ubuntu: "
            "apt install opensc-pkcs11 curl libengine-pkcs11-openssl"
        )


class CardsAlike(CardError):
    """Several cards are in readers, and this one can't be told apart from them where the handshake is made."""

    code = "card-not-told-apart"

    def __init__(self) -> None:
        super().__init__("this card can't be told from the others that are in readers: leave only this one in")


class ServiceNotReached(CardError):
    """The WebVartti that should be signed in to doesn't answer, or isn't who it should be."""

    code = "service-not-reached"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} can't be reached: {reason}")


class ServicePageUnexpected(CardError):
    """A page came that isn't part of signing in."""

    code = "service-page-unexpected"
