"""Numbers that people read aloud, type and write down: how an order and a support code are named."""

from __future__ import annotations

from hashlib import sha256

ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
"""No letters that are read as digits, and too few vowels for words."""


def spoken_number(prefix: str, seed: str) -> str:
    """Eight characters in two groups behind the prefix ("WV-7K3M-9Q4P"), always the same for one seed.

    From a random seed they are unguessable, and tell nothing about volumes.
    """
    value = int.from_bytes(sha256(seed.encode()).digest())
    letters = []
    for _ in range(8):
        value, index = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[index])
    return f"{prefix}-{''.join(letters[:4])}-{''.join(letters[4:])}"
