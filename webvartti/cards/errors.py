"""Why a card couldn't be read. No message holds what stands on the card."""

from __future__ import annotations

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
            "pip install 'webvartti[cards]', and on Debian or Ubuntu: apt install pcscd libpcsclite1 "
            "(libpcsclite-dev and gcc while pip builds it)"
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
