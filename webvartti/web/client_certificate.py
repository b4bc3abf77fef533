"""The leaf that signed the TLS handshake, from the embedded server or from the proxy's header: one source, never both.

Only the card listener asks. What the proxy thinks of the certificate is not even read: the application validates it by itself.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from flask import abort, request

from webvartti.web.proxy import HEADER, takes_certificate_header
from webvartti.web.security_log import report
from webvartti.web.site import site

ENVIRON_KEY = "webvartti.client_certificate"
"""Set by the embedded server. A header can't set it: headers reach the WSGI environment with the prefix HTTP_ only."""

RFC9440, NGINX_ESCAPED_PEM = "rfc9440", "nginx-escaped-pem"

LONGEST = 16 * 1024
"""Characters of a header value. Card certificates have about 2 KiB of DER; escaping makes three characters of some."""

_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):")  # RFC 8941 3.3.5, of which RFC 9440 2.1 makes the value
_ESCAPED = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+")  # as nginx escapes a component of an address
_ONE_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/=]{1,76}\n)+)-----END CERTIFICATE-----\n?")


def client_certificate() -> bytes | None:
    """The certificate's DER, or None where the browser sent none. A header in any other form than the configured one is 400."""
    if not takes_certificate_header():
        der = request.environ.get(ENVIRON_KEY)
        return der if isinstance(der, bytes) else None
    value = request.environ.get(HEADER)
    if value is None:
        return None
    try:
        return read_header(value, site().client_cert_format)
    except ValueError:
        report("refused: a certificate header that isn't in the configured form")
        abort(400)


def read_header(value: str, form: str) -> bytes:
    """The DER in a header value of this form. Raises ValueError for any other form, two certificates, or none."""
    if len(value) > LONGEST:
        raise ValueError("too long")
    return _FORMS[form](value)


def _rfc9440(value: str) -> bytes:
    found = _BYTE_SEQUENCE.fullmatch(value)
    if found is None:
        raise ValueError("not one byte sequence")
    return b64decode(found[1], validate=True)


def _nginx_escaped_pem(value: str) -> bytes:
    if _ESCAPED.fullmatch(value) is None:
        raise ValueError("not escaped as nginx does")
    found = _ONE_PEM.fullmatch(unquote_to_bytes(value))
    if found is None:
        raise ValueError("not exactly one certificate in PEM")
    return b64decode(found[1].replace(b"\n", b""), validate=True)


_FORMS: dict[str, Callable[[str], bytes]] = {RFC9440: _rfc9440, NGINX_ESCAPED_PEM: _nginx_escaped_pem}
