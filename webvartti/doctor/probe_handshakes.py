"""Forged certificates in real handshakes, and requests outside of TLS."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from webvartti.doctor.answers import HAND_OVER
from webvartti.doctor.errors import Refused
from webvartti.doctor.forgery import clone, self_made
from webvartti.doctor.front import NGINX, Front, request
from webvartti.doctor.places import Place
from webvartti.doctor.probe_tls import hosts
from webvartti.doctor.tls_client import plain_connection
from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict

NO_CERTIFICATE = "no-certificate"


def forged_certificates(front: Front) -> Iterator[ProbeFinding]:
    """Certificates that no CA of the deployment signed: an alert of TLS or a page that refuses are both fine.

    A proxy that hands one over to the application fails: only the application's own judgement stands then. nginx's
    ``error_page 495`` does so by design, and from outside it looks as ``optional_no_ca`` would.
    """
    now = front.now()
    identities = {
        "self-made": self_made(now),
        "cloned": clone(front.original, now),
        "cloned-expired": clone(front.original, now, expired=True),
    }
    for what, identity in identities.items():
        name = f"{what}-certificate"
        try:
            answer = front.ask_card(identity=identity)
        except Refused as refused:
            yield ProbeFinding(name, Verdict.OK, f"refused in the handshake ({refused})")
            continue
        if answer.code == HAND_OVER or answer.status < 400:
            yield ProbeFinding(name, Verdict.FAIL, f"SIGNED IN WITH A FORGED CERTIFICATE ({answer.summary})")
        elif answer.code == NO_CERTIFICATE or front.software == NGINX:
            yield ProbeFinding(name, Verdict.OK, f"refused by the application ({answer.summary})")
        elif answer.status == 400 and not answer.code:
            yield ProbeFinding(name, Verdict.OK, "refused by the proxy (400)")
        else:
            told = f"the proxy lets an untrusted certificate through; only the application refused it ({answer.summary})"
            yield ProbeFinding(name, Verdict.FAIL, told)


def plain_text(front: Front) -> Iterator[ProbeFinding]:
    """Bytes outside of TLS never reach the application (CVE-2023-40217)."""
    for name, place in hosts(front):
        status = _plain_status(place)
        served = status[:1] in (b"2", b"5") or status in (b"403", b"404")
        told = f"plain HTTP is answered with {status.decode()}" if status else "plain HTTP gets no answer"
        yield ProbeFinding(f"{name}-host-plain-text", Verdict.FAIL if served else Verdict.OK, told)


def _plain_status(place: Place) -> bytes:
    """Of a request without TLS on the TLS port; empty where nothing, or no HTTP, comes back."""
    found = b""
    with contextlib.suppress(OSError), plain_connection(place) as connection:
        connection.settimeout(5)
        connection.sendall(request(place, "GET", "/health"))
        while len(found) < 12 and (more := connection.recv(4096)):
            found += more
    return found[9:12] if found.startswith(b"HTTP/1.") else b""
