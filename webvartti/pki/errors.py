"""The base of every error that this room names."""

from __future__ import annotations

from webvartti.domain.errors import WebVarttiError

_MOST_SHOWN = 200


class PkiError(WebVarttiError):
    """A trust file, a CRL or a certificate file that can't be used. (What is wrong with a card: ``domain.certificates``.)"""

    code = "pki-error"


def shown(foreign: str) -> str:
    """What somebody else wrote, fit for a message or a log: at most 200 characters, and no line or command of its own."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in foreign[:_MOST_SHOWN])
