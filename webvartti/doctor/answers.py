"""HTTP/1.1 answers, read byte by byte from a connection: the doctor mustn't depend on a library that tidies things up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from webvartti.doctor.errors import AnswerUnreadable, Refused

Receive = Callable[[], bytes]
"""The next bytes; empty at the end of the stream."""

LARGEST = 1 << 20
"""Bytes of an answer: the longest page has some 100 KiB."""

HAND_OVER = "hand-over"
"""The code of the page that carries a ticket: whoever gets it is signed in."""

_REFUSAL = re.compile(rb'data-refusal="([a-z0-9-]+)"')
_HELP_CODE = re.compile(rb'class="code">[^<]*<strong>([^<]+)</strong>')


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` in order, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first of this name (given in lower case), or nothing."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of this name (given in lower case)."""
        return tuple(value for each, value in self.headers if each == name)

    @property
    def code(self) -> str:
        """What the page is about: ``hand-over``, the reason of a refusal, an error's code; nothing for any other page."""
        if b'name="ticket"' in self.body:
            return HAND_OVER
        found = _REFUSAL.search(self.body) or _HELP_CODE.search(self.body)
        return found[1].decode("ascii", "replace") if found else ""

    @property
    def summary(self) -> str:
        """Status and code: two answers of one summary are the same to whoever asked."""
        return f"{self.status} {self.code}".strip()


def read_answer(receive: Receive) -> Answer:
    """One final answer. Raises AnswerUnreadable, Refused where the stream ends before there is any."""
    while True:
        head, rest = _head(receive)
        status, headers = _parsed(head)
        if status >= 200:
            return Answer(status, headers, _body(status, dict(reversed(headers)), rest, receive))
        receive = _first(rest, receive)


def _head(receive: Receive) -> tuple[bytes, bytes]:
    found = b""
    while b"\r\n\r\n" not in found:
        more = receive()
        if not more:
            raise Refused("closed without an answer") if not found else AnswerUnreadable("the answer's head is cut off")
        found += more
        if len(found) > LARGEST:
            raise AnswerUnreadable("the answer's head has no end")
    head, _, rest = found.partition(b"\r\n\r\n")
    return head, rest


def _parsed(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    matched = re.fullmatch(r"HTTP/1\.[01] (\d{3})(?: .*)?", first)
    if matched is None:
        raise AnswerUnreadable("the answer isn't HTTP/1")
    pairs = (line.partition(":") for line in lines)
    return int(matched[1]), tuple((name.lower(), value.strip()) for name, _, value in pairs)


def _body(status: int, headers: dict[str, str], rest: bytes, receive: Receive) -> bytes:
    if status in (204, 304):
        return b""
    take = _first(rest, receive)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(take)
    length = headers.get("content-length")
    if length is not None and not length.isdigit():
        raise AnswerUnreadable("the answer's length isn't a number")
    wanted = LARGEST if length is None else int(length)
    body = b""
    while len(body) < wanted and (more := take()):
        body += more
    return body[:wanted]


def _chunks(receive: Receive) -> bytes:
    pending, body = b"", b""
    while True:
        while b"\r\n" not in pending:
            pending += _more(receive)
        size, _, pending = pending.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            raise AnswerUnreadable("a chunk's size isn't a number") from None
        if not 0 <= length <= LARGEST or len(body) > LARGEST:
            raise AnswerUnreadable("the answer has no end")
        while len(pending) < length + 2:
            pending += _more(receive)
        if length == 0:
            return body
        body, pending = body + pending[:length], pending[length + 2 :]


def _more(receive: Receive) -> bytes:
    more = receive()
    if not more:
        raise AnswerUnreadable("the answer is cut off")
    return more


def _first(rest: bytes, receive: Receive) -> Receive:
    """What was read too far, then the stream."""
    waiting = [rest] if rest else []
    return lambda: waiting.pop() if waiting else receive()
