"""Reading request headers strictly. cheroot's own reader lets through what makes two readers disagree about a request."""

from __future__ import annotations

import re
from typing import Protocol

from cheroot.server import HeaderReader

NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2, token
LENGTH = re.compile(rb"[0-9]{1,15}")  # int() would take "-1", "+1" and "1_0" as well
FORBIDDEN_IN_VALUE = re.compile(rb"[\x00\r\n]")  # RFC 9110 5.5

# Headers of which a second one would change what the request is: no joining, no "the last one counts".
SINGLE = frozenset(
    {b"Authorization", b"Content-Length", b"Content-Type", b"Expect", b"Host", b"Origin", b"Referer", b"Transfer-Encoding"}
)


class Lines(Protocol):
    """A readable stream of lines."""

    def readline(self) -> bytes: ...


class StrictHeaderReader(HeaderReader):
    """Names with an underscore are refused: WSGI folds "-" and "_" into one name, so that ``Client_Cert`` would pass for
    ``Client-Cert``. (cheroot has a reader that drops them, which compares text with bytes and fails on every request.)
    """

    def __call__(self, rfile: Lines, hdict: dict[bytes, bytes] | None = None) -> dict[bytes, bytes]:
        """Raises ValueError, which cheroot answers with 400 and the error's words: they never repeat what was sent."""
        headers = {} if hdict is None else hdict
        while (line := rfile.readline()) != b"\r\n":
            name, value = parse_line(line)
            if b"_" in name:
                raise ValueError("A header name with an underscore.")
            add(headers, name, value)
        return headers


def parse_line(line: bytes) -> tuple[bytes, bytes]:
    """Name (in title case, as cheroot looks them up) and value of one header line."""
    if not line.endswith(b"\r\n"):
        raise ValueError("The headers end too early." if not line.endswith(b"\n") else "HTTP requires CRLF terminators.")
    name, colon, value = line[:-2].partition(b":")
    # This refuses continuation lines and blanks before the colon as well (RFC 9112 5.1, 5.2).
    if not colon or not NAME.fullmatch(name):
        raise ValueError("Illegal header line.")
    value = value.strip(b" \t")
    if FORBIDDEN_IN_VALUE.search(value):
        raise ValueError("Illegal header value.")
    return name.title(), value


def add(headers: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    """Repeated headers are joined as RFC 9110 5.3 has it, so that the application sees that there was more than one."""
    if name == b"Content-Length" and not LENGTH.fullmatch(value):
        raise ValueError("Malformed Content-Length header.")
    if name not in headers:
        headers[name] = value
    elif name in SINGLE:
        raise ValueError("A header that may stand once only is repeated.")
    else:
        headers[name] += (b"; " if name == b"Cookie" else b", ") + value
