"""The answer to reset (ISO/IEC 7816-3, 8): only its historical bytes matter here, for they name the kind of card.

A reader may frame them in its own way, so the whole answer is never compared.
"""

from __future__ import annotations

_INTERFACE_BYTES = (0x10, 0x20, 0x40, 0x80)  # TA, TB, TC and TD follow where the bit of T0 or the last TD is set
_TD = 0x80


def historical_bytes(answer: bytes) -> bytes:
    """Nothing where the answer is none by the standard."""
    if len(answer) < 2:
        return b""
    count, follows, position = answer[1] & 0x0F, answer[1], 2
    while follows & 0xF0:
        present = sum(1 for bit in _INTERFACE_BYTES if follows & bit)
        last = position + present - 1
        if last >= len(answer):
            return b""
        follows = answer[last] if follows & _TD else 0
        position = last + 1
    found = answer[position : position + count]
    return found if len(found) == count else b""
