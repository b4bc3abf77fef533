"""The front of the deployment: both hosts, and the requests that every probe begins with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptography import x509

from webvartti.doctor.answers import Answer
from webvartti.doctor.errors import LimitedByDeployment, NotThisService, Refused
from webvartti.doctor.forgery import parse_certificate, self_made
from webvartti.doctor.places import Place, place_of
from webvartti.doctor.tls_client import Greeting, Identity, TlsClient
from webvartti.domain.deployment import Deployment

SIGN_IN = "/en/sign-in"
_FORM = re.compile(rb'<form [^>]*action="(https://[^"]+)/sign-in"[^>]*>(.*?)</form>', re.S)
_ATTEMPT = re.compile(rb'name="attempt" value="([^"]*)"')
_ATTEMPT_USES = 4

EMBEDDED, NGINX, OTHER = "WebVartti", "nginx", ""


@dataclass(slots=True)
class Front:
    """``original`` is the certificate to forge with; ``weak`` where it is a self-made one for want of a card's.

    ``software`` is EMBEDDED, NGINX or OTHER, by the Server header of the public host.
    """

    public: Place
    card: Place
    original: x509.Certificate
    weak: bool
    software: str
    now: Callable[[], datetime]
    ca_file: Path | None
    _attempt: str = ""
    _uses_left: int = field(default=0)

    def attempt(self) -> str:
        """A signed sign-in attempt; a new one now and then, for limits count them by their cookie."""
        if not self._uses_left:
            self._attempt, _ = read_form(get(self.public, SIGN_IN))
            self._uses_left = _ATTEMPT_USES
        self._uses_left -= 1
        return self._attempt

    def ask_public(self, lines: bytes = b"") -> Answer:
        """The sign-in page, with more header lines."""
        return get(self.public, SIGN_IN, lines=lines)

    def ask_card(self, lines: bytes = b"", identity: Identity | None = None) -> Answer:
        """A sign-in without a certificate (or with ``identity``), with more header lines."""
        return exchange(self.card, self.sign_in_request(lines), identity=identity)

    def sign_in_request(self, lines: bytes = b"", trailer: bytes | None = None) -> bytes:
        """What the sign-in page's form sends to the card host."""
        body = urlencode({"attempt": self.attempt()}).encode()
        origin = f"Origin: {self.public.origin}\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
        return request(self.card, "POST", "/sign-in", origin + lines, body, trailer)


def learn(deployment: Deployment, now: Callable[[], datetime]) -> Front:
    """Find the card host and what there is to forge with.

    Raises OriginUnsuitable, CertificateNotUsable, DeploymentUnreachable, Refused, NotThisService.
    """
    public = place_of(deployment.public_origin, deployment.connect)
    first = get(public, SIGN_IN)
    _, card_origin = read_form(first)
    card = place_of(deployment.card_origin or card_origin, deployment.connect)
    weak = not deployment.certificate
    original = self_made(now()).certificate if weak else parse_certificate(deployment.certificate)
    server = first.header("server").partition("/")[0]
    software = server if server in (EMBEDDED, NGINX) else OTHER
    return Front(public, card, original, weak, software, now, deployment.ca_file)


def read_form(page: Answer) -> tuple[str, str]:
    """(attempt, card origin) out of the sign-in page. Raises NotThisService."""
    form = _FORM.search(page.body)
    attempt = _ATTEMPT.search(form[2]) if form else None
    if form is None or attempt is None:
        raise NotThisService(
            f"{SIGN_IN} answered {page.summary} without a form to a card host: is this WebVartti's public host?"
        )
    action = urlsplit(unescape(form[1].decode()))
    return unescape(attempt[1].decode()), f"{action.scheme}://{action.netloc}"


def get(place: Place, path: str, *, host: str | None = None, name: str | None = "", lines: bytes = b"") -> Answer:
    """GET ``path``; ``host`` and ``name`` (the TLS server name, None for none) where they aren't the place's own."""
    return exchange(place, request(place, "GET", path, lines, host=host), name=name)


def exchange(place: Place, content: bytes, *, name: str | None = "", identity: Identity | None = None) -> Answer:
    """One request on a connection of its own. Raises Refused, AnswerUnreadable."""
    with TlsClient(place, Greeting(place.host if name == "" else name, identity=identity)) as client:
        return client.ask(content)


def summary_of(asking: Callable[[], Answer]) -> str:
    """The answer's summary, or how it was refused."""
    try:
        return asking().summary
    except Refused:
        return "refused"


def control_of(asking: Callable[[], Answer]) -> str:
    """The summary of an answer that others are compared with. Raises LimitedByDeployment."""
    summary = summary_of(asking)
    if summary.startswith("429"):
        raise LimitedByDeployment("the deployment limits requests from this address: wait a minute, then run the doctor again")
    return summary


def request(
    place: Place,
    method: str,
    target: str,
    lines: bytes = b"",
    body: bytes = b"",
    trailer: bytes | None = None,
    *,
    host: str | None = None,
) -> bytes:
    """Bytes of a request. ``lines`` are complete header lines; with ``trailer`` (complete lines) the body goes in one chunk."""
    head = f"{method} {target} HTTP/1.1\r\nHost: {place.netloc if host is None else host}\r\nAccept: */*\r\n".encode() + lines
    if trailer is not None:
        chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n" + trailer + b"\r\n"
    length = b"" if method == "GET" else b"Content-Length: %d\r\n" % len(body)
    return head + length + b"\r\n" + body


def as_lines(headers: Mapping[str, str]) -> bytes:
    """Header lines, well-formed."""
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
