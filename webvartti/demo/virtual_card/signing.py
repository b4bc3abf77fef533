"""MANAGE SECURITY ENVIRONMENT and COMPUTE DIGITAL SIGNATURE of a virtual card (ISO/IEC 7816-4, 11.5.11, and 7816-8, 11.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from webvartti.demo.virtual_card.apdu import (
    CONDITIONS_NOT_SATISFIED,
    NOT_FOUND,
    SECURITY_STATUS_NOT_SATISFIED,
    WRONG_DATA,
    WRONG_P1_P2,
    Apdu,
    Refused,
)
from webvartti.demo.virtual_card.file_system import MASTER_FILE, places
from webvartti.demo.virtual_card.material import CardMaterial, KeyMaterial
from webvartti.demo.virtual_card.shapes import PinSlot, Shape

_SET_SIGNATURE = (0x41, 0xB6)
_ALGORITHM, _FILE, _KEY = 0x80, 0x81, 0x84
_COMPUTE_SIGNATURE = (0x9E, 0x9A)
_RAW, _PKCS1, _ECDSA, _PSS = 0x00, 0x02, 0x04, 0x05  # the lower half of an algorithm reference
_HASHES: dict[int, hashes.HashAlgorithm] = {
    0x10: hashes.SHA1(),  # noqa: S303 - what PKCS#11 tests ask for; no certificate here rests on it
    0x40: hashes.SHA256(),
    0x50: hashes.SHA384(),
    0x60: hashes.SHA512(),
}
"""By the upper half of an algorithm reference (FINEID S1 v4.2, table 6)."""
_BY_SIZE = {algorithm.digest_size: algorithm for algorithm in _HASHES.values()}


@dataclass(frozen=True, slots=True)
class _Environment:
    material: KeyMaterial
    pin: PinSlot
    algorithm: int


class Signer:
    """``verified`` is shared with the desk of the PINs. Every signature with the signature key takes its PIN anew."""

    def __init__(self, material: CardMaterial, shape: Shape, verified: set[PinSlot], say: Callable[[str], None]) -> None:
        self._material, self._shape, self._verified, self._say = material, shape, verified, say
        self._environment: _Environment | None = None

    def reset(self) -> None:
        """Forget the environment."""
        self._environment = None

    def manage_security_environment(self, apdu: Apdu, folder: bytes) -> bytes:
        """SET for digital signatures; ``folder`` is the one that local key references mean."""
        if (apdu.p1, apdu.p2) != _SET_SIGNATURE:
            raise Refused(WRONG_P1_P2)
        objects = _objects(apdu.data)
        algorithm = int.from_bytes(objects.get(_ALGORITHM, b""))
        material, pin = self._key(objects, folder)
        self._environment = _Environment(material, pin, algorithm)
        return b""

    def perform_security_operation(self, apdu: Apdu) -> bytes:
        """COMPUTE DIGITAL SIGNATURE over a hash, a DigestInfo or, raw, a whole padded block."""
        if (apdu.p1, apdu.p2) != _COMPUTE_SIGNATURE:
            raise Refused(WRONG_P1_P2)
        environment = self._environment
        if environment is None or not apdu.data:
            raise Refused(CONDITIONS_NOT_SATISFIED)
        if environment.pin not in self._verified:
            raise Refused(SECURITY_STATUS_NOT_SATISFIED)
        try:
            signature = self._sign(environment, apdu.data)
        except (ValueError, UnsupportedAlgorithm):
            raise Refused(WRONG_DATA) from None
        if environment.pin is PinSlot.PIN2:
            self._verified.discard(PinSlot.PIN2)
        use = "authentication" if environment.pin is PinSlot.PIN1 else "signature"
        self._say(f"COMPUTE DIGITAL SIGNATURE with the {use} key: {len(signature)} bytes")
        return signature

    def _key(self, objects: dict[int, bytes], folder: bytes) -> tuple[KeyMaterial, PinSlot]:
        keys = (self._material.authentication, PinSlot.PIN1), (self._material.signature, PinSlot.PIN2)
        where = places(self._shape).keys
        if self._shape.keys is not None:
            asked, named = objects.get(_KEY), [bytes((reference,)) for reference in self._shape.keys]
            if asked == named[1] and folder != where[1]:
                raise Refused(NOT_FOUND)
        else:
            asked, named = objects.get(_FILE), [file.removeprefix(MASTER_FILE)[-2:] for file in where]
        for name, found in zip(named, keys, strict=True):
            if asked == name:
                return found
        raise Refused(NOT_FOUND)

    def _sign(self, environment: _Environment, data: bytes) -> bytes:
        key, scheme = environment.material.key, environment.algorithm & 0x0F
        if isinstance(key, ec.EllipticCurvePrivateKey):
            if scheme != _ECDSA:
                raise ValueError("another kind of key")
            signature = key.sign(data, ec.ECDSA(Prehashed(_BY_SIZE.get(len(data), hashes.SHA384()))))
            return _plain(signature, key) if self._shape.keys else signature
        if self._shape.keys is None:
            return _raw(key, data if scheme == _RAW else _padded(key, data))
        algorithm = _HASHES.get(environment.algorithm & 0xF0)
        if algorithm is None or scheme not in (_PKCS1, _PSS):
            raise ValueError("another kind of key or hash")
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        return key.sign(data, padding.PKCS1v15() if scheme == _PKCS1 else pss, Prehashed(algorithm))


def _objects(data: bytes) -> dict[int, bytes]:
    """The control reference data objects, each a tag, a length and a value."""
    objects, rest = {}, data
    while rest:
        if len(rest) < 2 or len(rest) < 2 + rest[1]:
            raise Refused(WRONG_DATA)
        objects[rest[0]] = rest[2 : 2 + rest[1]]
        rest = rest[2 + rest[1] :]
    return objects


def _plain(signature: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """r and s at the field's length, one after the other (BSI TR-03111, 5.2.1)."""
    size = (key.key_size + 7) // 8
    return b"".join(number.to_bytes(size) for number in decode_dss_signature(signature))


def _padded(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    """EMSA-PKCS1-v1_5 (RFC 8017, 9.2) over a DigestInfo that comes ready."""
    filling = key.key_size // 8 - len(data) - 3
    if filling < 8:
        raise ValueError("too much to sign")
    return b"\x00\x01" + b"\xff" * filling + b"\x00" + data


def _raw(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    """RSASP1 (RFC 8017, 5.2.1), by the Chinese remainder theorem. Demo keys only: it takes no care about its duration."""
    numbers, message = key.private_numbers(), int.from_bytes(block)
    if message >= numbers.public_numbers.n:
        raise ValueError("larger than the modulus")
    of_p, of_q = pow(message, numbers.dmp1, numbers.p), pow(message, numbers.dmq1, numbers.q)
    return (of_q + (of_p - of_q) * numbers.iqmp % numbers.p * numbers.q).to_bytes(key.key_size // 8)
