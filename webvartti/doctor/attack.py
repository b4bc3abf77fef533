"""All probes, one after the other, as somebody would who wants another person's card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from webvartti.doctor import probe_answers, probe_handshakes, probe_headers, probe_names, probe_tls
from webvartti.doctor.errors import AnswerUnreadable, Refused
from webvartti.doctor.front import Front, learn
from webvartti.doctor.remedies import with_remedy
from webvartti.domain.deployment import Deployment, ProbeFinding
from webvartti.domain.health import Verdict

PROBES: tuple[Callable[[Front], Iterator[ProbeFinding]], ...] = (
    probe_headers.ordinary_answers,
    probe_headers.forged_headers,
    probe_headers.forged_addresses,
    probe_handshakes.forged_certificates,
    probe_names.mixed_names,
    probe_tls.certificate_requests,
    probe_tls.resumption,
    probe_tls.renegotiation,
    probe_tls.versions,
    probe_tls.suites,
    probe_handshakes.plain_text,
    probe_answers.connection_ends,
    probe_answers.browser_rules,
    probe_answers.leaks,
    probe_answers.server_certificates,
    probe_answers.health,
)


def attack(deployment: Deployment, now: Callable[[], datetime]) -> Iterator[ProbeFinding]:
    """Each finding as it is made.

    Raises OriginUnsuitable, CertificateNotUsable, DeploymentUnreachable, Refused and NotThisService where the sign-in page
    can't be read, LimitedByDeployment at any time.
    """
    front = learn(deployment, now)
    for probe in PROBES:
        try:
            for finding in probe(front):
                yield with_remedy(finding)
        except (Refused, AnswerUnreadable) as problem:
            told = f"an ordinary request got no answer ({problem})"
            yield ProbeFinding(probe.__name__.replace("_", "-"), Verdict.FAIL, told)
