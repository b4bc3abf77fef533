"""The kinds of chip card that are known: what such a card doesn't say in its PKCS#15 files about PINs and signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from webvartti.cards.answer_to_reset import historical_bytes
from webvartti.domain.card_in_reader import PinName


class SignatureDialect(Enum):
    """How a key is named, and what is signed.

    ``REFERENCE``: the key by its reference, in its own folder; a hash is signed; ECDSA comes as r and s.
    ``FILE``: the key by its file; a DigestInfo is signed, or for ECDSA a hash; ECDSA comes in DER.
    """

    REFERENCE = "reference"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Profile:
    """``references`` count where the card has no PIN of the number that its own files name.

    ``code_along``: RESET RETRY COUNTER brings the activation code; otherwise the code is verified before it.
    ``signs`` is None where this program doesn't know how: then it sets no PINs either.
    """

    name: str
    code_along: bool = True
    signs: SignatureDialect | None = None
    references: Mapping[PinName, int] = field(default_factory=dict)


FINEID = Profile(
    "FINEID S4-2",
    code_along=False,
    signs=SignatureDialect.REFERENCE,
    references={PinName.PIN1: 0x03, PinName.PIN2: 0x04, PinName.CODE: 0x12},
)
"""The organisation card: FINEID S4-2 v4.0, 4.2 and 4.3 (the sample of EF.AOD in its 5.2 has other, wrong references)."""

MYEID = Profile("MyEID", signs=SignatureDialect.FILE)
"""Aventra MyEID, as OpenSC knows it."""

UNKNOWN = Profile("PKCS#15")

_FINEID_HISTORICAL = bytes.fromhex("0031B8640429ECC1739401")  # Cosmo X, ID.me and Cosmo v7 differ only behind this
_MYEID_HISTORICAL = b"MyEID"


def recognise(answer_to_reset: bytes) -> Profile:
    """By the historical bytes. Source: DVV, Technology note - ATR/ATS bytes, 2024."""
    found = historical_bytes(answer_to_reset)
    if found.startswith(_FINEID_HISTORICAL):
        return FINEID
    if found.endswith(_MYEID_HISTORICAL):
        return MYEID
    return UNKNOWN
