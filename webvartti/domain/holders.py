"""Who a person is and which card they hold. The two are compared apart (see ``Person`` and ``CardId``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webvartti.domain.products import CardKind

REGISTRATION_NUMBERS = "registration-number"
"""The namespace in which a subject serialNumber is the holder's registration number (1.2.246.537.26)."""


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """One human being: authority, "own order" and four eyes compare this, so a new issuing CA doesn't split anyone in two."""

    namespace: str
    serial_number: str

    @property
    def registration_number(self) -> str | None:
        """The 11 digits of the professional register, or None for a person of another namespace."""
        return self.serial_number if self.namespace == REGISTRATION_NUMBERS else None


@dataclass(frozen=True, slots=True, order=True)
class CardId:
    """One card: revocation and "one open order a card" compare this.

    ``issuer_key`` is the SHA-256 (hex) of the issuing CA's SubjectPublicKeyInfo, ``serial`` the certificate's serial number in
    lower-case hexadecimal without leading zeros: serial numbers are longer than any database integer.
    """

    issuer_key: str
    serial: str


@dataclass(frozen=True, slots=True)
class CardHolder:
    """Who signed in, as the authentication certificate tells it.

    ``fingerprint`` is the SHA-256 (hex) of the certificate's DER.
    """

    person: Person
    card: CardId
    kind: CardKind
    surname: str
    given_name: str
    title: str
    doctor_id: str
    organisation: str
    not_before: datetime
    not_after: datetime
    fingerprint: str

    @property
    def name(self) -> str:
        """Given names first, as people say it."""
        return f"{self.given_name} {self.surname}".strip()
