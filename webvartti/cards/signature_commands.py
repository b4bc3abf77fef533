"""MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4, 11.5.11) and COMPUTE DIGITAL SIGNATURE (ISO/IEC 7816-8, 11.7)."""

from __future__ import annotations

from webvartti.cards.apdu import SHORT_REPLY, Channel, Command

_MANAGE_SECURITY_ENVIRONMENT, _PERFORM_SECURITY_OPERATION = 0x22, 0x2A
_SET_FOR_COMPUTATION, _SIGNATURE_TEMPLATE = 0x41, 0xB6
_SIGNATURE, _TO_BE_SIGNED = 0x9E, 0x9A
_ALGORITHM, _FILE, _KEY = 0x80, 0x81, 0x84  # control reference data objects


def manage_security_environment(channel: Channel, algorithm: int, *, file: bytes = b"", key: int | None = None) -> None:
    """SET the key for signatures, by its file, its reference, or both."""
    data = bytes((_ALGORITHM, 1, algorithm))
    if file:
        data += bytes((_FILE, len(file))) + file
    if key is not None:
        data += bytes((_KEY, 1, key))
    channel.exchange(Command(_MANAGE_SECURITY_ENVIRONMENT, _SET_FOR_COMPUTATION, _SIGNATURE_TEMPLATE, data))


def compute_digital_signature(channel: Channel, to_be_signed: bytes, expected: int = SHORT_REPLY) -> bytes:
    """``expected`` is the length of the signature, where it is known: some cards want to be asked for exactly that."""
    return channel.exchange(Command(_PERFORM_SECURITY_OPERATION, _SIGNATURE, _TO_BE_SIGNED, to_be_signed, expected))
