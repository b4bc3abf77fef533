"""The configured anchors and issuing CAs: strong enough, and not about to end? (Until when, health says.)"""

from __future__ import annotations

from collections.abc import Iterator

from webvartti.doctor.installation import Installation
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.health import HealthCheck, Verdict


def trust(installation: Installation) -> Iterator[HealthCheck]:
    """By the rule by which cards are judged: below a weak CA every one would be refused."""
    try:
        trusted = installation.trusted()
    except WebVarttiError as problem:
        yield HealthCheck("trust anchors", Verdict.FAIL, str(problem) or problem.code, "correct the trust file as said")
        return
    if trusted.weak:
        step = "leave it out of the trust file: no card below it is safe"
        yield HealthCheck("trust anchors", Verdict.FAIL, f"{len(trusted.weak)} too weak", step, trusted.weak)
        return
    told = f"{trusted.anchors} anchors and {trusted.issuers} issuing CAs, all strong"
    yield HealthCheck("trust anchors", Verdict.OK, told)
