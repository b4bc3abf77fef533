"""Is this node fit to serve, and what will stop being so soon?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.certificates import RevocationList
from webvartti.domain.crl_fetching import ListState, ListStatus, list_statuses
from webvartti.domain.errors import AdapterUnavailable, WebVarttiError
from webvartti.domain.health import CertificateLife, HealthCheck, TrustedLives, Verdict
from webvartti.domain.ports import Register, RevocationRegister, SchemaState
from webvartti.domain.registers import RegisterKind

AHEAD = timedelta(days=30)
"""How long before an end a warning begins; for a CRL a quarter of its life where that is shorter: some are issued hourly."""

NEEDED_EXTRACTS = (RegisterKind.RIGHTS, RegisterKind.CARDS, RegisterKind.PERSONS)
"""Without one of them no order can be placed, each machine has its own, and a page can only say that it is missing."""

_FRESH_CRL = "run `webvartti revocation fetch`, or load a file with `webvartti revocation load`"


@dataclass(frozen=True, slots=True)
class Health:
    """Cheap: one question to the database, the heads of the CRL indexes, one small file. ``server_certificates`` is read anew
    each time, for it is renewed while the service runs; it is empty where a proxy holds the certificate.
    """

    schema: SchemaState
    revocation: RevocationRegister
    trusted: TrustedLives
    server_certificates: Callable[[], tuple[CertificateLife, ...]]
    register: Register

    def ready(self) -> tuple[HealthCheck, ...]:
        """Whether people may be sent to this node: only what another node may have while this one lacks it, or nobody can do
        without. A stale CRL isn't: most likely all nodes have the same one, and people are told of it in a page.
        """
        return self._database(), self._registers()

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
            step = "run `webvartti database upgrade`; where a newer version has done so, install that version here too"
            return HealthCheck("database", Verdict.FAIL, "schema isn't this program's", step, needed_to_serve=True)
        return HealthCheck("database", Verdict.OK, "answers, schema current", needed_to_serve=True)

    def _registers(self) -> HealthCheck:
        try:
            loaded = {snapshot.name for snapshot in self.register.snapshots()}
        except AdapterUnavailable:
            loaded = set()
        missing = tuple(kind.value for kind in NEEDED_EXTRACTS if kind not in loaded)
        if missing:
            step = "load them on this machine: `webvartti registry status` names each"
            return HealthCheck("registers", Verdict.FAIL, f"{len(missing)} not loaded", step, missing, needed_to_serve=True)
        return HealthCheck("registers", Verdict.OK, "loaded", needed_to_serve=True)

    def _crls(self, now: datetime) -> HealthCheck:
        statuses = list_statuses(self.revocation.lists(), self.revocation.without_crl(now), now)
        detail = _told_of_lists(statuses, now)
        failing = tuple(f"{_name(each)}: {each.state}" for each in statuses if each.state is not ListState.IN_FORCE)
        if failing:
            return HealthCheck("crls", Verdict.FAIL, detail, _FRESH_CRL, failing)
        ending = tuple(
            f"{_name(each)}: ends in {_hours(each.in_use.next_update - now)} hours"
            for each in statuses
            if each.in_use is not None and _ends_soon(each.in_use, now)
        )
        return HealthCheck("crls", Verdict.WARN if ending else Verdict.OK, detail, _FRESH_CRL if ending else "", ending)

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


def _told_of_lists(statuses: tuple[ListStatus, ...], now: datetime) -> str:
    """Counts and hours, no names."""
    states = [each.state for each in statuses]
    told = f"{states.count(ListState.IN_FORCE)} in force, {states.count(ListState.STALE)} stale"
    told += f", {states.count(ListState.MISSING)} missing"
    lists = [each.in_use for each in statuses if each.in_use is not None]
    if lists:
        told += f"; the oldest is {_hours(now - min(each.this_update for each in lists))} hours old"
    ends = [each.next_update for each in lists if each.is_in_force(now)]
    return told + (f"; the first ends in {_hours(min(ends) - now)} hours" if ends else "")


def _ends_soon(crl: RevocationList, now: datetime) -> bool:
    return crl.next_update - now <= min(AHEAD, (crl.next_update - crl.this_update) / 4)


def _name(status: ListStatus) -> str:
    return f"{status.issuer} ({status.in_use.scope})" if status.in_use and status.in_use.scope else status.issuer


def _hours(time: timedelta) -> int:
    return max(0, int(time.total_seconds() // 3600))
