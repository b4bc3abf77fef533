"""What is examined of an installation, and what was found: for load balancers, for monitoring and for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """WARN is for what will break, or could be safer; FAIL for what is broken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that was examined.

    ``detail`` is fit for anybody's eyes: counts, hours and days, never a name, a path, an address or a version. ``about`` names
    what a warning or failure is about, ``next_step`` is the one thing to do: both are for the operator. ``needed_to_serve``:
    where this fails the node can't answer people at all, and a load balancer should send them elsewhere.
    """

    name: str
    verdict: Verdict
    detail: str
    next_step: str = ""
    about: tuple[str, ...] = ()
    needed_to_serve: bool = False


@dataclass(frozen=True, slots=True)
class CertificateLife:
    """How long a certificate of the installation's own lives. ``name`` is its subject."""

    name: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class TrustedLives:
    """The configured trust anchors and issuing CAs."""

    anchors: tuple[CertificateLife, ...]
    issuers: tuple[CertificateLife, ...]


def overall(checks: tuple[HealthCheck, ...]) -> Verdict:
    """FAIL only where the node can't serve. What people can still be told of in a page (a stale CRL) is a WARN here."""
    if any(check.verdict is Verdict.FAIL and check.needed_to_serve for check in checks):
        return Verdict.FAIL
    return Verdict.OK if all(check.verdict is Verdict.OK for check in checks) else Verdict.WARN
