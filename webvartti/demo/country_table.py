"""What a demo country knows of itself, and how country.json tells it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from webvartti.demo.cards import IssuedCard
from webvartti.demo.errors import UnknownCard
from webvartti.demo.serials import serial_text
from webvartti.demo.story import CertificateUse, KeyAlgorithm
from webvartti.domain.certificates import (
    CertificateExpired,
    CertificateNotYetValid,
    NoCertificate,
    SigningCertificateChosen,
)
from webvartti.domain.products import CardKind

TABLE = "country.json"
_FORMAT = 1
_FRESH_FOR = timedelta(days=1)
_HIDDEN_BY_CHROMIUM = frozenset(
    refusal.code for refusal in (CertificateExpired, CertificateNotYetValid, SigningCertificateChosen)
)


@dataclass(frozen=True, slots=True)
class DemoCard:
    """One card of the country. ``sign_in`` and ``renewal`` are as in ``story.Story``.

    ``number`` is the subject's serialNumber, ``certificate_serial`` the authentication certificate's (lower-case hex).
    ``chooses`` is the certificate with which the holder signs in. The .pem files hold a key and its certificate; the .p12 files
    open with ``files.P12_PASSWORD``.
    """

    directory: Path
    slug: str
    name: str
    kind: CardKind
    algorithm: KeyAlgorithm
    photo: bool
    profession: str
    number: str
    certificate_serial: str
    chooses: CertificateUse
    order_on_its_way: bool
    story: str
    expected: str
    sign_in: str
    renewal: str
    not_after: datetime

    @property
    def p12(self) -> Path:
        """Authentication certificate, key and issuing CA."""
        return self.directory / f"{self.slug}.p12"

    @property
    def pem(self) -> Path:
        """Authentication key and certificate."""
        return self.directory / f"{self.slug}.pem"

    @property
    def signature_p12(self) -> Path:
        """Signature certificate, key and issuing CA."""
        return self.directory / f"{self.slug}-signature.p12"

    @property
    def signature_pem(self) -> Path:
        """Signature key and certificate."""
        return self.directory / f"{self.slug}-signature.pem"

    @property
    def chosen_p12(self) -> Path:
        """The file of the certificate that the holder chooses at sign-in."""
        return self.p12 if self.chooses is CertificateUse.AUTHENTICATION else self.signature_p12

    @property
    def chosen_pem(self) -> Path:
        """The same as PEM."""
        return self.pem if self.chooses is CertificateUse.AUTHENTICATION else self.signature_pem

    @property
    def sign_in_with_chromium(self) -> str:
        """As ``sign_in``, in Chromium on Linux: it never offers expired, future or signing certificates (seen with 156)."""
        return NoCertificate.code if self.sign_in in _HIDDEN_BY_CHROMIUM else self.sign_in


@dataclass(frozen=True, slots=True)
class Country:
    """A demo country: where it lies, when and from which seed it was made, and its cards in the order of the stories."""

    directory: Path
    created_at: datetime
    seed: int
    cards: tuple[DemoCard, ...]

    def card(self, slug: str) -> DemoCard:
        """The card of one holder. Raises UnknownCard."""
        for card in self.cards:
            if card.slug == slug:
                return card
        close = get_close_matches(slug.lower(), [card.slug for card in self.cards], cutoff=0.5)
        raise UnknownCard(slug, tuple(close))

    def is_fresh(self, now: datetime) -> bool:
        """True for less than a day: after that "expires in 20 days" and its like wouldn't be true any more."""
        return timedelta(0) <= now - self.created_at < _FRESH_FOR


def country_table(created_at: datetime, seed: int, cards: Sequence[IssuedCard]) -> bytes:
    """What country.json holds."""
    document = {
        "format": _FORMAT,
        "created_at": created_at.isoformat(),
        "seed": seed,
        "cards": [_row(card) for card in cards],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def _row(card: IssuedCard) -> dict[str, Any]:
    story = card.plan.story
    return {
        "slug": story.slug,
        "name": card.plan.name,
        "kind": story.kind,
        "algorithm": story.algorithm,
        "photo": story.photo,
        "profession": story.profession,
        "number": card.plan.identity.number,
        "certificate_serial": serial_text(card.plan.authentication_serial),
        "chooses": story.chooses,
        "order_on_its_way": story.order_on_its_way,
        "story": story.story,
        "expected": story.expected,
        "sign_in": story.sign_in,
        "renewal": story.renewal,
        "not_after": card.authentication.certificate.not_valid_after_utc.isoformat(),
    }


def read_country_table(directory: Path, document: dict[str, Any]) -> Country:
    """The country of a parsed country.json. Raises KeyError, TypeError or ValueError where it is of another make."""
    if document["format"] != _FORMAT:
        raise ValueError("another format")
    cards = tuple(_card(directory / "cards", row) for row in document["cards"])
    return Country(directory, datetime.fromisoformat(document["created_at"]), int(document["seed"]), cards)


def _card(directory: Path, row: dict[str, Any]) -> DemoCard:
    typed = {
        "kind": CardKind(row["kind"]),
        "algorithm": KeyAlgorithm(row["algorithm"]),
        "chooses": CertificateUse(row["chooses"]),
        "not_after": datetime.fromisoformat(row["not_after"]),
    }
    return DemoCard(directory, **{**row, **typed})
