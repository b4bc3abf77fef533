"""What the card in the reader tells, in the words of its holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PinName(StrEnum):
    """The secrets of a card: PIN1 signs in, PIN2 signs, the activation code of the letter sets both."""

    PIN1 = "PIN1"
    PIN2 = "PIN2"
    CODE = "activation code"


class PinState(StrEnum):
    """``LOCKED``: too many wrong tries, or not set yet on cards that make no difference. ``NOT_SET``: waits for activation."""

    USABLE = "usable"
    LOCKED = "locked"
    NOT_SET = "not set"


class KeyUse(StrEnum):
    """What a certificate of the card is for, by its key usage."""

    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PinStatus:
    """``tries_left`` is None where the card doesn't tell; ``digits`` are (shortest, longest)."""

    name: PinName
    state: PinState
    tries_left: int | None
    digits: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """One certificate. ``identifier`` is the iD that ties certificate, key and PIN together on the card, in hexadecimal.

    ``holder`` and the times are empty where the certificate can't be read. None of it has been verified.
    """

    label: str
    identifier: str
    der: bytes
    use: KeyUse
    holder: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class CardContents:
    """``serial`` is the card's own serial number, in hexadecimal; ``profile`` the kind of chip card, as far as it is known."""

    label: str
    serial: str
    profile: str
    certificates: tuple[CardCertificate, ...]

    def certificate_for(self, use: KeyUse) -> CardCertificate | None:
        """The first for this use."""
        return next((certificate for certificate in self.certificates if certificate.use is use), None)


@dataclass(frozen=True, slots=True)
class SeenCard:
    """Which card it was, and in which reader: what is typed for one mustn't reach another.

    ``certificate`` (DER) is the one that signs in, empty where there is none. None of it proves that a card is genuine.
    """

    reader: str
    serial: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class SignatureProof:
    """A signature of the card over a random challenge, which its own certificate verified."""

    use: KeyUse
    algorithm: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """A connected reader. ``answer_to_reset`` is what the card in it says first, empty without one."""

    name: str
    answer_to_reset: bytes = b""

    @property
    def has_card(self) -> bool:
        """True where a card answers."""
        return bool(self.answer_to_reset)


class ReaderEvent(StrEnum):
    """What happens to readers and cards."""

    READER_CONNECTED = "reader connected"
    READER_GONE = "reader gone"
    CARD_INSERTED = "card inserted"
    CARD_REMOVED = "card removed"


@dataclass(frozen=True, slots=True)
class ReaderChange:
    """One event at one reader."""

    event: ReaderEvent
    reader: str


@dataclass(frozen=True, slots=True)
class SignInOutcome:
    """What the service's pages said to this card. ``refusal`` is the service's code, empty where it signed in."""

    signed_in: bool
    heading: str
    refusal: str
    handshake: str
    pages: tuple[str, ...]
