"""The files of a virtual card: PKCS#15 (ISO/IEC 7816-15) as on Finnish social and health care cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from webvartti.demo.virtual_card.encoding import ENUMERATED, bits, integer, octets, path, sequence, text, tlv
from webvartti.demo.virtual_card.material import CardMaterial, KeyMaterial
from webvartti.demo.virtual_card.shapes import STORED_LENGTH, PinSlot, Shape

APPLICATION = bytes.fromhex("A000000063504B43532D3135")
MASTER_FILE = b"\x3f\x00"
FOLDER = MASTER_FILE + b"\x50\x15"
_SIGNATURE_FOLDER = MASTER_FILE + b"\x50\x16"
_AUTHENTICATION_OBJECTS, _PRIVATE_KEYS, _CERTIFICATES = b"\x44\x01", b"\x44\x02", b"\x44\x03"
_UNUSED = bytes(40)  # files are larger than what stands in them

LABELS = {
    PinSlot.PIN1: "perustunnusluku",
    PinSlot.PIN2: "allekirjoitustunnusluku",
    PinSlot.CODE: "aktivointitunnusluku",
}
_AUTHENTICATION, _SIGNATURE, _ISSUER = b"\x45", b"\x46", b"\x47"
_PIN_IDENTIFIERS = {PinSlot.PIN1: b"\x01", PinSlot.PIN2: b"\x02", PinSlot.CODE: b"\x03"}
# bits of PKCS15's KeyUsageFlags, KeyAccessFlags, PinFlags and TokenFlags
_SIGN, _NON_REPUDIATION = 2, 9
_SENSITIVE, _NEVER_EXTRACTABLE = 0, 3
_INITIALIZED, _NEEDS_PADDING, _UNBLOCKING, _EXCHANGES = 4, 5, 6, 11
_READ_ONLY, _LOGIN_REQUIRED, _RANDOM_NUMBERS = 0, 1, 2
_ASCII_NUMERIC = 1


@dataclass(frozen=True, slots=True)
class Places:
    """Where the two certificates and keys are: absolute paths."""

    certificates: tuple[bytes, bytes]
    keys: tuple[bytes, bytes]
    issuer: bytes


def places(shape: Shape) -> Places:
    """FINEID S4-2 v4.0 has the authentication certificate under the master file and the signature in a folder of its own."""
    if shape.keys is not None:
        certificates = (MASTER_FILE + b"\x43\x31", _SIGNATURE_FOLDER + b"\x43\x32")
        return Places(certificates, (MASTER_FILE, _SIGNATURE_FOLDER), MASTER_FILE + b"\x43\x33")
    certificates = (FOLDER + b"\x43\x31", FOLDER + b"\x43\x32")
    return Places(certificates, (FOLDER + b"\x4b\x01", FOLDER + b"\x4b\x02"), FOLDER + b"\x43\x33")


def pkcs15_files(material: CardMaterial, shape: Shape) -> Mapping[bytes, bytes]:
    """Every readable file by its absolute path."""
    where = places(shape)
    application = tlv(0x61, tlv(0x4F, APPLICATION), tlv(0x50, b"PKCS-15"), tlv(0x51, FOLDER))
    directories = ((0xA0, _PRIVATE_KEYS), (0xA4, _CERTIFICATES), (0xA8, _AUTHENTICATION_OBJECTS))
    return {
        MASTER_FILE + b"\x2f\x00": application + _UNUSED,
        FOLDER + b"\x50\x31": b"".join(tlv(tag, path(FOLDER + file)) for tag, file in directories) + _UNUSED,
        FOLDER + b"\x50\x32": _token_info(material),
        FOLDER + _AUTHENTICATION_OBJECTS: b"".join(_pin(slot, material, shape) for slot in PinSlot) + _UNUSED,
        FOLDER + _PRIVATE_KEYS: _private_keys(material, shape, where) + _UNUSED,
        FOLDER + _CERTIFICATES: _certificates(where) + _UNUSED,
        where.certificates[0]: material.authentication.certificate + _UNUSED,
        where.certificates[1]: material.signature.certificate + _UNUSED,
        where.issuer: material.issuer + _UNUSED,
    }


def _token_info(material: CardMaterial) -> bytes:
    flags = bits(_READ_ONLY, _LOGIN_REQUIRED, _RANDOM_NUMBERS)
    label = tlv(0x80, b"WebVartti demo")
    return sequence(integer(0), octets(material.serial), text("WebVartti"), label, flags)


def _pin(slot: PinSlot, material: CardMaterial, shape: Shape) -> bytes:
    """An authentication object; PIN1 and PIN2 name the activation code as what unblocks them."""
    shortest, longest = material.pin_digits[slot]
    flags = {_INITIALIZED, *([_NEEDS_PADDING] if shape.pad is not None else [])}
    flags |= {_UNBLOCKING} if slot is PinSlot.CODE else {_EXCHANGES}
    unblocked_by = [] if slot is PinSlot.CODE else [octets(_PIN_IDENTIFIERS[PinSlot.CODE])]
    attributes = sequence(
        bits(*flags),
        integer(_ASCII_NUMERIC, ENUMERATED),
        integer(shortest),
        integer(STORED_LENGTH),
        integer(longest),
        integer(shape.references[slot], 0x80),
        *([octets(bytes((shape.pad,)))] if shape.pad is not None else []),
        path(FOLDER),
    )
    common = sequence(text(LABELS[slot]), bits(0), *unblocked_by)
    return sequence(common, sequence(octets(_PIN_IDENTIFIERS[slot])), tlv(0xA1, attributes))


def _private_keys(material: CardMaterial, shape: Shape, where: Places) -> bytes:
    references = shape.keys or (0, 0)
    authentication = _key(material.authentication, _AUTHENTICATION, PinSlot.PIN1, bits(_SIGN), references[0], where.keys[0])
    signature = _key(material.signature, _SIGNATURE, PinSlot.PIN2, bits(_NON_REPUDIATION), references[1], where.keys[1])
    return authentication + signature


def _key(key: KeyMaterial, identifier: bytes, pin: PinSlot, usage: bytes, reference: int, place: bytes) -> bytes:
    """userConsent 1 says that every use asks for the PIN anew: the signature key. OpenSC wants the size of EC keys too."""
    label, consent = ("todentamisavain", []) if pin is PinSlot.PIN1 else ("allekirjoitusavain", [integer(1)])
    common = sequence(text(label), bits(0), octets(_PIN_IDENTIFIERS[pin]), *consent)
    of_key = sequence(octets(identifier), usage, bits(_SENSITIVE, _NEVER_EXTRACTABLE), integer(reference))
    value = common + of_key + tlv(0xA1, sequence(path(place), integer(key.bits)))
    return sequence(value) if isinstance(key.key, rsa.RSAPrivateKey) else tlv(0xA0, value)


def _certificates(where: Places) -> bytes:
    rows = (
        ("todentamis- ja salausvarmenne", _AUTHENTICATION, where.certificates[0], b""),
        ("allekirjoitusvarmenne", _SIGNATURE, where.certificates[1], b""),
        ("varmentajan varmenne", _ISSUER, where.issuer, tlv(0x01, b"\xff")),
    )
    return b"".join(
        sequence(sequence(text(label)), sequence(octets(identifier), authority), tlv(0xA1, sequence(path(file))))
        for label, identifier, file, authority in rows
    )
