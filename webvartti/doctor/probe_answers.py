"""What the answers say to browsers, what they let slip, and how connections end."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from webvartti.doctor.answers import Answer
from webvartti.doctor.errors import Refused
from webvartti.doctor.front import SIGN_IN, Front, get, request
from webvartti.doctor.probe_tls import hosts
from webvartti.doctor.tls_client import TIMEOUT, Greeting, TlsClient, plain_connection
from webvartti.domain.deployment import ProbeFinding
from webvartti.domain.health import Verdict

_AHEAD = timedelta(days=30)
_HALF_YEAR = 15768000
_VERSION = re.compile(r"\d+\.\d+")


def connection_ends(front: Front) -> Iterator[ProbeFinding]:
    """The card host closes after each answer: who pulls the card must not be signed in again without it."""
    try:
        with TlsClient(front.card, Greeting(front.card.host)) as client:
            client.ask(request(front.card, "GET", "/sign-in"))
            closed = client.is_closed_within(3.0)
    except Refused as problem:
        yield ProbeFinding("card-host-closes", Verdict.FAIL, f"gave no answer ({problem})")
        return
    told = "closes the connection after each answer" if closed else "keeps the connection for further requests"
    yield ProbeFinding("card-host-closes", Verdict.OK if closed else Verdict.FAIL, told)


def browser_rules(front: Front) -> Iterator[ProbeFinding]:
    """HSTS, CSP, caching and cookies."""
    page, card = front.ask_public(), get(front.card, "/sign-in")
    for name, answer in (("public", page), ("card", card)):
        yield _hsts(f"{name}-host-hsts", answer)
        yield _policy(f"{name}-host-content-policy", answer)
    yield _cookies(page, card)


def leaks(front: Front) -> Iterator[ProbeFinding]:
    """Version numbers of the software help whoever looks for known holes."""
    telling = set()
    for _, place in hosts(front):
        for answer in (get(place, "/no-such-page"), get(place, "/health")):
            for name in ("server", "x-powered-by", "via"):
                telling |= {f"{name}: {value}" for value in answer.all(name) if _VERSION.search(value)}
    told = ", ".join(sorted(telling)) if telling else "no version numbers in answers"
    yield ProbeFinding("server-versions", Verdict.WARN if telling else Verdict.OK, told)


def server_certificates(front: Front) -> Iterator[ProbeFinding]:
    """Valid for its name, trusted, and for 30 days at the least."""
    for name, place in hosts(front):
        try:
            context = ssl.create_default_context(cafile=None if front.ca_file is None else str(front.ca_file))
            with plain_connection(place) as plain, context.wrap_socket(plain, server_hostname=place.host) as secured:
                secured.settimeout(TIMEOUT)
                ends = str((secured.getpeercert() or {}).get("notAfter"))
        except ssl.SSLCertVerificationError as problem:
            told = f"{problem.verify_message}; --ca FILE names a CA that this system doesn't know"
            yield ProbeFinding(f"{name}-host-server-certificate", Verdict.FAIL, told)
            continue
        except (OSError, ValueError) as problem:
            yield ProbeFinding(f"{name}-host-server-certificate", Verdict.FAIL, f"can't be verified ({type(problem).__name__})")
            continue
        left = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - front.now()
        verdict = Verdict.WARN if left < _AHEAD else Verdict.OK
        yield ProbeFinding(f"{name}-host-server-certificate", verdict, f"trusted, right name, {left.days} days left")


def health(front: Front) -> Iterator[ProbeFinding]:
    """What the service says of itself."""
    for name, place in hosts(front):
        answer = get(place, "/health")
        told = _told(answer)
        if told is None:
            yield ProbeFinding(
                f"{name}-host-health", Verdict.FAIL, f"/health answers {answer.summary}, and not what WebVartti says"
            )
            continue
        verdict = Verdict.FAIL if answer.status != 200 else Verdict.WARN if told else Verdict.OK
        yield ProbeFinding(f"{name}-host-health", verdict, "; ".join(told) or "fit to serve")


def _told(answer: Answer) -> list[str] | None:
    """What isn't well, by /health; None where it says anything else."""
    try:
        checks: dict[str, list[dict[str, str]]] = json.loads(answer.body)["checks"]
        each = [(name, observed["status"], observed["output"]) for name, found in checks.items() for observed in found]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return [f"{name}: {output}" for name, status, output in each if status != Verdict.OK]


def _hsts(name: str, answer: Answer) -> ProbeFinding:
    given = answer.header("strict-transport-security")
    age = re.search(r"max-age=\"?(\d+)", given)
    if age is not None and int(age[1]) >= _HALF_YEAR:
        return ProbeFinding(name, Verdict.OK, given)
    demo = b'class="demo"' in answer.body
    told = "no Strict-Transport-Security" if not given else f"too short: {given}"
    return ProbeFinding(name, Verdict.WARN if demo else Verdict.FAIL, told + (" (a demo has none)" if demo else ""))


def _policy(name: str, answer: Answer) -> ProbeFinding:
    policies = answer.all("content-security-policy")
    wrong = []
    if not any("default-src 'none'" in policy for policy in policies):
        wrong.append("no Content-Security-Policy with default-src 'none'")
    if any("unsafe-" in policy for policy in policies):
        wrong.append("the Content-Security-Policy allows unsafe content")
    if "no-store" not in answer.header("cache-control"):
        wrong.append("Cache-Control isn't no-store")
    return ProbeFinding(
        name, Verdict.FAIL if wrong else Verdict.OK, ", ".join(wrong) or "strict, and nothing is kept in caches"
    )


def _cookies(page: Answer, card: Answer) -> ProbeFinding:
    wrong = ["the card host sets a cookie"] if card.all("set-cookie") else []
    cookies = page.all("set-cookie")
    if not cookies:
        wrong.append(f"{SIGN_IN} sets no cookie")
    for cookie in cookies:
        name, *attributes = (part.strip().lower() for part in cookie.split(";"))
        wanted = {"secure", "httponly", "path=/"}
        fine = name.startswith("__host-") and wanted <= set(attributes) and not any(a.startswith("domain") for a in attributes)
        if not fine or not any(a in ("samesite=strict", "samesite=lax") for a in attributes):
            wrong.append(f"cookie {name.partition('=')[0]} isn't __Host-, Secure, HttpOnly, SameSite")
    return ProbeFinding(
        "cookies", Verdict.FAIL if wrong else Verdict.OK, ", ".join(wrong) or "for this host only, not for scripts"
    )
