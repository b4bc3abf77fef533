"""The base of every error that this room names."""

from __future__ import annotations

from webvartti.domain.errors import WebVarttiError


class PkiError(WebVarttiError):
    """A trust file, a CRL or a certificate file that can't be used. (What is wrong with a card: ``domain.certificates``.)"""

    code = "pki-error"
