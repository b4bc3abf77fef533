"""Writing DER (ISO/IEC 8825-1), as much of it as the directory files of PKCS#15 need."""

from __future__ import annotations

SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING, ENUMERATED, UTF8_STRING = 0x30, 0x02, 0x03, 0x04, 0x0A, 0x0C


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element; tags here are one byte long."""
    value = b"".join(parts)
    return bytes((tag,)) + _length(len(value)) + value


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(SEQUENCE, *parts)


def octets(value: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTET_STRING, value)


def text(value: str) -> bytes:
    """UTF8String."""
    return tlv(UTF8_STRING, value.encode())


def integer(value: int, tag: int = INTEGER) -> bytes:
    """INTEGER of a number that isn't negative: a leading zero where the first bit is set."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1))


def bits(*numbers: int) -> bytes:
    """BIT STRING with these bits set, the last of them the last of the string; bit 0 is the first."""
    size = max(numbers) + 1
    unused = -size % 8
    value = sum(1 << (size - 1 - number) for number in numbers) << unused
    return tlv(BIT_STRING, bytes((unused,)), value.to_bytes((size + unused) // 8))


def path(file: bytes) -> bytes:
    """Path of PKCS#15: the whole of a file."""
    return sequence(octets(file))


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes((length,))
    octets_of_length = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets_of_length),)) + octets_of_length
