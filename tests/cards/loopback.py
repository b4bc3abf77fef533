"""A PKCS#15 card inside the test process: a file system behind SELECT, READ BINARY and GET RESPONSE."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

AID = bytes.fromhex("A000000063504B43532D3135")
FOLDER = bytes.fromhex("3F005015")
ODF, TOKEN_INFO, CDF = FOLDER + b"\x50\x31", FOLDER + b"\x50\x32", FOLDER + b"\x44\x03"
AUTHENTICATION = bytes.fromhex("3F004331")
SIGNATURE = FOLDER + bytes.fromhex("4332")
DIR = bytes.fromhex("3F002F00")


def tlv(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    length = bytes((len(value),)) if len(value) < 0x80 else b"\x82" + len(value).to_bytes(2)
    return bytes((tag,)) + length + value


@cache
def certificate(common_name: str) -> bytes:
    """DER of a certificate of about the size that cards hold."""
    key = ec.generate_private_key(ec.SECP384R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, common_name), x509.NameAttribute(NameOID.SERIAL_NUMBER, "00098705718")]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2029, 1, 1, tzinfo=UTC))
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.246.517.99"), bytes(700)), critical=False)
    )
    return builder.sign(key, hashes.SHA384()).public_bytes(serialization.Encoding.DER)


def path(file: bytes, *more: bytes) -> bytes:
    return tlv(0x30, tlv(0x04, file), *more)


def entry(label: str, identifier: bytes, where: bytes) -> bytes:
    """One x509Certificate of a certificate directory file."""
    common = tlv(0x30, tlv(0x0C, label.encode()), tlv(0x03, b"\x06\x40"))
    return tlv(0x30, common, tlv(0x30, tlv(0x04, identifier)), tlv(0xA1, tlv(0x30, where)))


def pkcs15_files() -> dict[bytes, bytes]:
    """A card with an authentication and a signature certificate, each file padded as cards do."""
    return {
        DIR: tlv(0x61, tlv(0x4F, AID), tlv(0x50, b"PKCS-15"), tlv(0x51, FOLDER)) + bytes(40),
        ODF: tlv(0xA0, path(b"\x44\x01")) + tlv(0xA4, path(b"\x44\x03")) + bytes(64),
        TOKEN_INFO: tlv(0x30, tlv(0x02, b"\x00"), tlv(0x04, b"\x24\x60\x12"), tlv(0x0C, b"maker"), tlv(0x80, b"DVV card")),
        CDF: entry("todentamis- ja salausvarmenne", b"\x45", path(AUTHENTICATION))
        + entry("allekirjoitusvarmenne", b"\x46", path(b"\x43\x32"))
        + b"\xff" * 100,
        AUTHENTICATION: certificate("authentication") + b"\xff" * 300,
        SIGNATURE: certificate("signature") + bytes(10),
    }


@dataclass
class LoopbackCard:
    """A Transmit. ``chained`` makes it answer as T=0 cards do (61xx, 6Cxx); ``selects_by_aid`` and ``takes_p2_0c`` tell what
    it can't do.
    """

    files: dict[bytes, bytes] = field(default_factory=pkcs15_files)
    chained: bool = False
    selects_by_aid: bool = True
    takes_p2_0c: bool = True
    commands: list[bytes] = field(default_factory=list)
    _folder: bytes = b"\x3f\x00"
    _file: bytes | None = None
    _waiting: bytes = b""

    def __call__(self, apdu: bytes) -> tuple[bytes, int]:
        self.commands.append(apdu)
        match apdu[1]:
            case 0xA4:
                return self._select(apdu)
            case 0xB0:
                return self._read(apdu[2] << 8 | apdu[3], apdu[4])
            case 0xC0:
                return self._more(apdu[4])
        return b"", 0x6D00

    def _select(self, apdu: bytes) -> tuple[bytes, int]:
        name = apdu[5 : 5 + apdu[4]]
        if apdu[3] == 0x0C and not self.takes_p2_0c:
            return b"", 0x6A86
        if apdu[2] == 0x04:
            if not self.selects_by_aid or name != AID:
                return b"", 0x6A82
            self._folder, self._file = FOLDER, None
        elif not self._select_by_identifier(name):
            return b"", 0x6A82
        return (b"", 0x9000) if apdu[3] == 0x0C else self._answer(tlv(0x6F, tlv(0x82, b"\x01")))

    def _select_by_identifier(self, identifier: bytes) -> bool:
        target = identifier if identifier == b"\x3f\x00" else self._folder + identifier
        if target in self.files:
            self._file = target
            return True
        if any(file.startswith(target) for file in self.files):
            self._folder, self._file = target, None
            return True
        return False

    def _read(self, offset: int, expected: int) -> tuple[bytes, int]:
        if self._file is None:
            return b"", 0x6986
        content = self.files[self._file]
        if offset >= len(content):
            return b"", 0x6B00
        left = content[offset : offset + 256]
        if self.chained and expected == 0 and len(left) < 256:
            return b"", 0x6C00 | len(left)
        return self._answer(left[: expected or 256])

    def _answer(self, data: bytes) -> tuple[bytes, int]:
        if not self.chained:
            return data, 0x9000
        self._waiting = data
        return b"", 0x6100 | min(len(data), 100)

    def _more(self, expected: int) -> tuple[bytes, int]:
        part, self._waiting = self._waiting[: expected or 256], self._waiting[expected or 256 :]
        return part, 0x6100 | min(len(self._waiting), 100) if self._waiting else 0x9000
