"""Certificate serial numbers."""

from __future__ import annotations

from random import Random

_BITS = 126


def long_serial(random: Random) -> int:
    """As long as real ones, positive, at most 20 octets (RFC 5280 4.1.2.2). The same seed gives the same numbers."""
    return random.getrandbits(_BITS) | 1 << _BITS


def serial_text(serial: int) -> str:
    """Lower-case hexadecimal without leading zeros, as ``CardId.serial`` has it."""
    return f"{serial:x}"
