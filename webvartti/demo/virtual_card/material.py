"""What is loaded onto a virtual card: the keys and certificates of one demo card, and the lengths that its PINs may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from webvartti.demo.country_table import DemoCard
from webvartti.demo.errors import CountryDamaged
from webvartti.demo.files import P12_PASSWORD
from webvartti.demo.profile import PrivateKey
from webvartti.demo.virtual_card.shapes import PinSlot
from webvartti.domain.products import RULES_OF_KIND

CODE_DIGITS = (8, 8)
_SERIAL_OCTETS = 8


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """One key of the card with its certificate, DER."""

    key: PrivateKey = field(repr=False)
    certificate: bytes

    @property
    def bits(self) -> int:
        """RSA: of the modulus; EC: of the field."""
        return self.key.key_size


@dataclass(frozen=True, slots=True)
class CardMaterial:
    """``issuer`` is the issuing CA's certificate, which real cards hold too. PIN lengths are (shortest, longest)."""

    serial: bytes
    authentication: KeyMaterial
    signature: KeyMaterial
    issuer: bytes
    pin_digits: Mapping[PinSlot, tuple[int, int]]


def load_material(card: DemoCard) -> CardMaterial:
    """Raises CountryDamaged where a file isn't what the country wrote."""
    authentication, issuer = _load(card.p12)
    signature, _ = _load(card.signature_p12)
    rules = RULES_OF_KIND[card.kind]
    digits = {PinSlot.PIN1: rules.pin1_digits, PinSlot.PIN2: rules.pin2_digits, PinSlot.CODE: CODE_DIGITS}
    serial = sha256(card.certificate_serial.encode()).digest()[:_SERIAL_OCTETS]
    return CardMaterial(serial, authentication, signature, issuer, digits)


def _load(file: Path) -> tuple[KeyMaterial, bytes]:
    try:
        key, certificate, (issuer, *_) = pkcs12.load_key_and_certificates(file.read_bytes(), P12_PASSWORD.encode())
    except (OSError, ValueError) as problem:
        raise CountryDamaged(f"{file} can't be read: create the country anew") from problem
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CountryDamaged(f"{file} holds no card: create the country anew")
    return KeyMaterial(key, certificate.public_bytes(Encoding.DER)), issuer.public_bytes(Encoding.DER)
