"""Forged headers: what a client writes about its certificate or its address must change nothing.

Each is compared with the answer to the same request with a harmless header of the same shape, for proxies refuse some shapes
whatever the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol

from webvartti.doctor.answers import HAND_OVER, Answer
from webvartti.doctor.forgery import nginx_escaped_pem, rfc9440
from webvartti.doctor.front import EMBEDDED, SIGN_IN, Front, as_lines, control_of, exchange, get, request, summary_of
from webvartti.doctor.places import Place
from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict

NAMES = (
    "Client-Cert", "client-cert", "CLIENT-CERT", "Client_Cert", "client_cert", "CLIENT_CERT", "Client-Cert-Chain",
    "Client_Cert_Chain", "SSL-CLIENT-CERT", "SSL_CLIENT_CERT", "Ssl_Client_Cert", "X-SSL-Client-Cert", "X_SSL_Client_Cert",
    "X-Client-Cert", "X_Client_Cert", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Client-Cert", "X_Forwarded_Client_Cert",
)  # fmt: skip
"""Every spelling in which somebody once handed a certificate over. WSGI takes "_" and "-" for one."""

VERDICTS = {"X-SSL-Client-Verify": "SUCCESS", "Ssl-Client-Verify": "SUCCESS", "X-SSL-Client-S-DN": "CN=forged"}

SHAPES: dict[str, bytes] = {
    "without a blank": b"%(name)s:%(value)s\r\n",
    "a blank before the colon": b"%(name)s : %(value)s\r\n",
    "a tab before the colon": b"%(name)s\t: %(value)s\r\n",
    "a tab before the value": b"%(name)s:\t%(value)s\r\n",
    "blanks behind the value": b"%(name)s: %(value)s \t\r\n",
    "folded": b"%(name)s:\r\n %(value)s\r\n",
    "twice": b"%(name)s: %(value)s\r\n%(name)s: %(value)s\r\n",
    "comma-joined": b"%(name)s: %(value)s, %(value)s\r\n",
    "empty": b"%(name)s:\r\n",
    "behind an empty one": b"%(name)s:\r\n%(name)s: %(value)s\r\n",
    "named in Connection": b"Connection: %(name)s\r\n%(name)s: %(value)s\r\n",
    "named in Connection with another": b"Connection: close, %(name)s\r\n%(name)s: %(value)s\r\n",
}
CONTROLS = {"-": b"X-Doctor", "_": b"X_Doctor"}


class AskWith(Protocol):
    """One request to a host, with more header lines."""

    def __call__(self, lines: bytes = b"") -> Answer: ...


def ordinary_answers(front: Front) -> Iterator[ProbeFinding]:
    """Without these the comparisons would mean nothing: the sign-in page is there, and nobody signs in without a card."""
    for name, ask, wanted in (("public", front.ask_public, "200"), ("card", front.ask_card, "403 no-certificate")):
        found = control_of(ask)
        verdict = Verdict.OK if found == wanted else Verdict.FAIL
        yield ProbeFinding(f"{name}-host-answers", verdict, found if found == wanted else f"{found}, not {wanted}")


def forged_headers(front: Front) -> Iterator[ProbeFinding]:
    """The certificate headers on both hosts."""
    for name, place, ask in (("card", front.card, front.ask_card), ("public", front.public, front.ask_public)):
        attempts = [*_spellings(front, ask), *_shapes(front, ask), _trailer(front, place)]
        yield _judged(f"{name}-host-forged-certificate", front, attempts)


def forged_addresses(front: Front) -> Iterator[ProbeFinding]:
    """Headers with which a proxy tells whom it speaks for."""
    spoofed = "spoofed.example.invalid"
    headers = (
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": spoofed},
        {"X-Forwarded-Proto": "http"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": f'for=127.0.0.1;host="{spoofed}";proto=http'},
        {"X_Forwarded_For": "127.0.0.1"},
        VERDICTS,
    )
    wrong: list[str] = []
    for host, ask in (("public", front.ask_public), ("card", front.ask_card)):
        for each in headers:
            harmless = CONTROLS["_" if any("_" in name for name in each) else "-"]
            before = control_of(partial(ask, _plain(harmless, b"1")))
            after = summary_of(partial(ask, as_lines(each)))
            if before != after:
                wrong.append(f"{host} host, {', '.join(each)}: {after}, not {before}")
    landing = get(front.public, "/", lines=as_lines({"X-Forwarded-Host": spoofed, "Forwarded": f"host={spoofed}"}))
    if spoofed.encode() in landing.body or any(spoofed in value for _, value in landing.headers):
        wrong.append("public host: the host in X-Forwarded-Host is believed")
    told = "; ".join(wrong) or f"{len(headers)} kinds on both hosts change nothing"
    yield ProbeFinding("forwarded-headers", Verdict.FAIL if wrong else Verdict.OK, told)


def _spellings(front: Front, ask: AskWith) -> Iterator[tuple[str, str, str]]:
    """(what, what is right, answer with the forged one). Through a proxy nothing may come of them: not even a refusal."""
    ordinary = control_of(ask)
    controls = {
        mark: control_of(partial(ask, _plain(name, b"1"))) if front.software == EMBEDDED else ordinary
        for mark, name in CONTROLS.items()
    }
    values = {"": rfc9440(front.original), " (nginx)": nginx_escaped_pem(front.original)}
    for name in NAMES:
        for form, value in values.items():
            answer = summary_of(partial(ask, _plain(name.encode(), value)))
            yield name + form, controls["_" if "_" in name else "-"], answer


def _shapes(front: Front, ask: AskWith) -> Iterator[tuple[str, str, str]]:
    value = rfc9440(front.original)
    shapes = {**SHAPES, "of 64 KiB": b"%(name)s: %(value)s" + b"A" * 65536 + b"\r\n"}
    for what, shape in shapes.items():
        control = control_of(partial(ask, shape % {b"name": CONTROLS["-"], b"value": value}))
        forged = summary_of(partial(ask, shape % {b"name": b"Client-Cert", b"value": value}))
        yield f"Client-Cert, {what}", control, forged


def _trailer(front: Front, place: Place) -> tuple[str, str, str]:
    def ask(name: bytes) -> str:
        line = _plain(name, rfc9440(front.original))
        if place is front.card:
            return summary_of(lambda: exchange(place, front.sign_in_request(b"Trailer: " + name + b"\r\n", line)))
        sent = request(place, "GET", SIGN_IN, b"Trailer: " + name + b"\r\n", trailer=line)
        return summary_of(lambda: exchange(place, sent))

    return "Client-Cert, in a trailer", ask(CONTROLS["-"]), ask(b"Client-Cert")


def _plain(name: bytes, value: bytes) -> bytes:
    return b"%s: %s\r\n" % (name, value)


def _judged(name: str, front: Front, attempts: list[tuple[str, str, str]]) -> ProbeFinding:
    through = [f"{what}: {after}, not {before}" for what, before, after in attempts if not _harmless(front, before, after)]
    if not through:
        weakly = "; with --certificate FILE this check would be stronger" if front.weak else ""
        refused = " (refused by the application itself)" if front.software == EMBEDDED else ""
        return ProbeFinding(name, Verdict.OK, f"{len(attempts)} forged headers change nothing{refused}{weakly}")
    forged = any(HAND_OVER in line.partition(":")[2].partition(", not")[0] for line in through)
    worst = "SIGNED IN WITH A FORGED HEADER. " if forged else ""
    rest = f"; and {len(through) - 4} more" if len(through) > 4 else ""
    return ProbeFinding(name, Verdict.FAIL, f"{worst}{len(through)} of {len(attempts)} reach the application: "
                   + "; ".join(through[:4]) + rest)  # fmt: skip


def _harmless(front: Front, before: str, after: str) -> bool:
    """The same answer. Where there is no proxy to delete the header, the application's own 400 is what is wanted."""
    return before == after or (front.software == EMBEDDED and after.startswith("400"))
