"""The TLS of both listeners: versions, suites, compression, renegotiation, resumption, and whom they ask for certificates."""

from __future__ import annotations

from collections.abc import Iterator

from OpenSSL import SSL

from webvartti.doctor.client_hello import SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, offer
from webvartti.doctor.errors import Refused
from webvartti.doctor.front import Front, request
from webvartti.doctor.places import Place
from webvartti.doctor.tls_client import Greeting, TlsClient
from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict

RSA_KEY_EXCHANGE = (0x009C, 0x009D, 0x002F, 0x0035, 0x003C, 0x003D, 0xC09C, 0xC09D)
CBC = (0xC009, 0xC00A, 0xC013, 0xC014, 0xC023, 0xC024, 0xC027, 0xC028, 0x0033, 0x0039, 0x0067, 0x006B)
BROKEN = (
    0x0001, 0x0002, 0x003B, 0xC006, 0xC010,  # NULL
    0x0034, 0x003A, 0x006C, 0x00A6, 0xC018, 0xC019,  # anonymous
    0x0003, 0x0008, 0x0004, 0x0005, 0xC007, 0xC011,  # export, RC4
    0x0009, 0x000A, 0x0016, 0xC008, 0xC012,  # DES, 3DES
)  # fmt: skip
SOUND = (0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9)
"""IANA's TLS cipher suite numbers; RFC 9325 4.1 and 4.2."""

_VERSIONS = {"SSL 3.0": SSL_3, "TLS 1.0": TLS_1_0, "TLS 1.1": TLS_1_1}
_FAMILIES = {"RSA key exchange": RSA_KEY_EXCHANGE, "CBC": CBC, "NULL, anonymous, export, RC4 or DES": BROKEN}


def hosts(front: Front) -> tuple[tuple[str, Place], tuple[str, Place]]:
    """Both, by name."""
    return ("public", front.public), ("card", front.card)


def versions(front: Front) -> Iterator[ProbeFinding]:
    """Nothing older than TLS 1.2 (RFC 8996)."""
    for name, place in hosts(front):
        taken = [told for told, version in _VERSIONS.items() if _takes(place, version, (*SOUND, *CBC, *RSA_KEY_EXCHANGE))]
        told = f"takes {', '.join(taken)}" if taken else "TLS 1.2 or newer only"
        yield ProbeFinding(f"{name}-host-tls-versions", Verdict.FAIL if taken else Verdict.OK, told)


def suites(front: Front) -> Iterator[ProbeFinding]:
    """Forward secrecy and authenticated encryption; no compression."""
    for name, place in hosts(front):
        taken = [told for told, family in _FAMILIES.items() if _takes(place, TLS_1_2, family)]
        sound = offer(place, TLS_1_2, SOUND, compression=True)
        if sound is not None and sound.compressed:
            taken.append("compression")
        told = f"takes {', '.join(taken)}" if taken else "forward secrecy and authenticated encryption only, no compression"
        yield ProbeFinding(f"{name}-host-tls-ciphers", Verdict.FAIL if taken else Verdict.OK, told)


def _takes(place: Place, version: int, offered: tuple[int, ...]) -> bool:
    answer = offer(place, version, offered)
    return answer is not None and answer.version == version and answer.suite in offered


def renegotiation(front: Front) -> Iterator[ProbeFinding]:
    """A client must not begin a second handshake on a connection: whose certificate would count?"""
    for name, place in hosts(front):
        try:
            with TlsClient(place, Greeting(place.host, SSL.TLS1_2_VERSION)) as client:
                again = client.renegotiates()
        except Refused:
            yield ProbeFinding(f"{name}-host-renegotiation", Verdict.OK, "no TLS 1.2, thus no renegotiation")
            continue
        told = "a client may renegotiate" if again else "refused"
        yield ProbeFinding(f"{name}-host-renegotiation", Verdict.FAIL if again else Verdict.OK, told)


def resumption(front: Front) -> Iterator[ProbeFinding]:
    """No session goes on at the card host: neither its own nor one of the public host (CVE-2025-23419)."""
    resumed = [
        f"{told} session of the {first} host"
        for told, version in (("TLS 1.2", SSL.TLS1_2_VERSION), ("TLS 1.3", SSL.TLS1_3_VERSION))
        for first, place in hosts(front)
        if _resumes(place, front.card, version)
    ]
    told = f"resumes {', '.join(resumed)}" if resumed else "every connection makes a full handshake"
    yield ProbeFinding("card-host-resumption", Verdict.FAIL if resumed else Verdict.OK, told)


def _resumes(first: Place, second: Place, version: int) -> bool:
    try:
        with TlsClient(first, Greeting(first.host, version)) as client:
            client.ask(request(first, "GET", "/health"))  # in TLS 1.3 tickets come after the handshake
            session = client.session()
        if session is None:
            return False
        greeting = Greeting(second.host, version, context=client.context, session=session)
        with TlsClient(second, greeting) as again:
            return again.resumed
    except Refused:
        return False


def certificate_requests(front: Front) -> Iterator[ProbeFinding]:
    """The card host asks for a certificate and names the issuing CAs; the public host asks for none."""
    with TlsClient(front.public, Greeting(front.public.host)) as client:
        asked = client.asked_for_certificate
    told = "asks for a client certificate: browsers would offer cards to it" if asked else "asks for no client certificate"
    yield ProbeFinding("public-host-asks-for-no-certificate", Verdict.FAIL if asked else Verdict.OK, told)
    with TlsClient(front.card, Greeting(front.card.host)) as client:
        asked, names = client.asked_for_certificate, client.ca_names
    if not asked:
        told = "asks for no client certificate: nobody can sign in"
    else:
        told = f"asks for a certificate of {names} named CAs" if names else "names no CA: browsers offer every certificate"
    fine = asked and names > 0
    yield ProbeFinding("card-host-asks-for-certificate", Verdict.OK if fine else Verdict.FAIL, told)
    with TlsClient(front.card, Greeting(front.card.host, alpn=(b"h2", b"http/1.1"))) as client:
        h2 = client.alpn == b"h2"
    told = "speaks HTTP/2: a connection outlives its request" if h2 else "HTTP/1.1 only"
    yield ProbeFinding("card-host-http-version", Verdict.FAIL if h2 else Verdict.OK, told)
