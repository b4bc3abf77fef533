"""Is this node fit to serve, and what will stop being so soon?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.certificates import RevocationList
from webvartti.domain.errors import AdapterUnavailable, WebVarttiError
from webvartti.domain.health import CertificateLife, HealthCheck, TrustedLives, Verdict
from webvartti.domain.ports import RevocationRegister, SchemaState

AHEAD = timedelta(days=30)
"""How long before a certificate's end a warning begins."""

CRL_AHEAD = timedelta(hours=6)
"""The same for a CRL; a quarter of its life where that is shorter, for some CAs issue hourly."""

SKEW = timedelta(minutes=5)
"""How far two clocks may stand apart."""

_LOAD_CRL = "load a fresh CRL with `webvartti revocation load`, or see `webvartti revocation --help`"


@dataclass(frozen=True, slots=True)
class Health:
    """Cheap: one question to the database, the heads of the CRL indexes, one small file. ``server_certificates`` is read anew
    each time, for it is renewed while the service runs; it is empty where a proxy holds the certificate.
    """

    schema: SchemaState
    revocation: RevocationRegister
    trusted: TrustedLives
    server_certificates: Callable[[], tuple[CertificateLife, ...]]

    def examine(self, now: datetime) -> tuple[HealthCheck, ...]:
        """Never raises for what is examined: the verdict says it."""
        return (
            self._database(),
            self._crls(now),
            _lives("anchors", self.trusted.anchors, now, "put the root certificate's successor into the trust file"),
            _lives("issuing-cas", self.trusted.issuers, now, "put the issuing CA's successor into the trust file"),
            self._server_certificates(now),
        )

    def _database(self) -> HealthCheck:
        try:
            current = self.schema()
        except AdapterUnavailable:
            step = "see that WEBVARTTI_DATABASE_URL is right and the database runs"
            return HealthCheck("database", Verdict.FAIL, "doesn't answer", step, needed_to_serve=True)
        if not current:
            step = "run `webvartti database upgrade`"
            return HealthCheck("database", Verdict.FAIL, "schema isn't this program's", step, needed_to_serve=True)
        return HealthCheck("database", Verdict.OK, "answers, schema current", needed_to_serve=True)

    def _crls(self, now: datetime) -> HealthCheck:
        lists = self.revocation.lists()
        without = set(self.revocation.without_crl(now))
        stale = tuple(each for each in lists if each.next_update < now or each.this_update - SKEW > now)
        missing = tuple(sorted(without - {each.issuer for each in lists}))
        ending = tuple(each for each in lists if each not in stale and each.next_update - now < _warned(each))
        in_force = len(lists) - len(stale)
        detail = f"{in_force} in force, {len(stale)} stale, {len(missing)} missing"
        if in_force:
            first = min(each.next_update for each in lists if each not in stale)
            detail += f"; the first ends in {_hours(first - now)} hours"
        if stale or missing or without:
            about = (*(f"{_name(each)}: stale" for each in stale), *(f"{name}: missing" for name in missing))
            return HealthCheck("crls", Verdict.FAIL, detail, _LOAD_CRL, about or tuple(sorted(without)))
        about = tuple(f"{_name(each)}: ends in {_hours(each.next_update - now)} hours" for each in ending)
        return HealthCheck("crls", Verdict.WARN if ending else Verdict.OK, detail, _LOAD_CRL if ending else "", about)

    def _server_certificates(self, now: datetime) -> HealthCheck:
        step = "renew the certificate in WEBVARTTI_TLS_CERTIFICATE_FILE, then send the service a HUP signal"
        try:
            lives = self.server_certificates()
        except WebVarttiError as problem:
            return HealthCheck("server-certificates", Verdict.FAIL, "can't be read", step, (problem.code,))
        return _lives("server-certificates", lives, now, step)


def _lives(name: str, lives: tuple[CertificateLife, ...], now: datetime, step: str) -> HealthCheck:
    if not lives:
        return HealthCheck(name, Verdict.OK, "none here")
    first = min(life.not_after for life in lives)
    expired = [life for life in lives if life.not_after <= now]
    ending = [life for life in lives if now < life.not_after <= now + AHEAD]
    verdict = Verdict.FAIL if expired else Verdict.WARN if ending else Verdict.OK
    detail = f"{len(lives)} configured, {len(expired)} expired, {len(ending)} within {AHEAD.days} days"
    detail += f"; the first ends in {max(0, (first - now).days)} days"
    about = (
        *(f"{life.name}: expired on {life.not_after:%Y-%m-%d}" for life in expired),
        *(f"{life.name}: ends on {life.not_after:%Y-%m-%d}" for life in ending),
    )
    return HealthCheck(name, verdict, detail, "" if verdict is Verdict.OK else step, about)


def _warned(crl: RevocationList) -> timedelta:
    return min(CRL_AHEAD, (crl.next_update - crl.this_update) / 4)


def _name(crl: RevocationList) -> str:
    return f"{crl.issuer} ({crl.scope})" if crl.scope else crl.issuer


def _hours(left: timedelta) -> int:
    return int(left.total_seconds() // 3600)
