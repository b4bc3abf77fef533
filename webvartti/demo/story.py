"""What a demo story is made of: everything in which one card holder differs from the ordinary case."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from webvartti.domain.products import CardKind
from webvartti.domain.registers import RightKind

ACCEPTED = "accepted"
TLS_ALERT = "tls-alert"
NOT_REACHED = "-"
"""The renewal of somebody who can't sign in."""


class KeyAlgorithm(StrEnum):
    """The keys found on cards: RSA on older ones, the P-384 curve on newer ones."""

    RSA_2048 = "RSA-2048"
    P_384 = "P-384"


class CertificateUse(StrEnum):
    """The two certificates of every card."""

    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"


class CrlEntry(StrEnum):
    """How a card stands on its issuer's CRL."""

    NONE = "none"
    REVOKED = "revoked"
    ON_HOLD = "on-hold"


class Home(StrEnum):
    """What the population data know of the holder's home."""

    FINLAND = "finland"
    ABROAD = "abroad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RightStory:
    """The professional right: ``ends_in_days`` and ``ends_in_months`` count from today (negative: ended), None: no end."""

    kind: RightKind = RightKind.LICENSED
    ends_in_days: int | None = None
    ends_in_months: int | None = None
    restriction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One card and its holder. ``slug`` is what commands call them.

    ``sign_in`` is "accepted", "tls-alert" or the code of a CertificateRefused. ``renewal`` is "approved",
    "needs-person:FINDING", "blocks:FINDING" or "-"; it holds for a holder who keeps the address known to the register (and
    types one in Finland where none is known), without a renewal window, with automatic decisions on.

    An empty ``surname`` is drawn by the seed. ``same_person_as`` names another story's holder, who holds this card too.
    ``days_left`` counts to notAfter, ``starts_in_days`` to a notBefore that is still to come. ``order_on_its_way`` asks the
    program that fills the demo's database to place an order for this card beforehand.
    """

    slug: str
    given_name: str
    story: str
    expected: str
    sign_in: str = ACCEPTED
    renewal: str = "approved"
    surname: str = ""
    same_person_as: str = ""
    kind: CardKind = CardKind.PROFESSIONAL
    algorithm: KeyAlgorithm = KeyAlgorithm.RSA_2048
    photo: bool = True
    profession: str = "005"
    days_left: int = 60
    starts_in_days: int | None = None
    crl: CrlEntry = CrlEntry.NONE
    trusted: bool = True
    chooses: CertificateUse = CertificateUse.AUTHENTICATION
    registered: bool = True
    right: RightStory = field(default_factory=RightStory)
    registered_surname: str = ""
    registered_given_names: str = ""
    home: Home = Home.FINLAND
    non_disclosure: bool = False
    language: str = "fi"
    order_on_its_way: bool = False
