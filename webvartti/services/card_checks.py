"""Does my card work? Judge what a browser found out, keep the outcome, and try a certificate without signing anybody in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.card_checks import (
    CHECK_LIFETIME,
    CardCheck,
    NoSuchCheck,
    TooManyChecks,
    browser_mark,
    judge_clock,
    judge_tls,
    read_support_code,
    support_code,
)
from webvartti.domain.certificates import AcceptedCard, CertificateRefused, NoCertificate, RevocationStale
from webvartti.domain.draft_lane import admitted
from webvartti.domain.holders import CardHolder
from webvartti.domain.limits import NOBODY, Client, Purpose
from webvartti.domain.measures import ACCEPTED, DRAFT_LANE
from webvartti.domain.ports import CertificateJudge, Randomness
from webvartti.domain.products import CardKind
from webvartti.domain.reader_software import Version, asked, judge_software
from webvartti.domain.repositories import UnitsOfWork
from webvartti.services.limits import Limiter

MOST_AN_HOUR = 20_000
"""From everybody together, so that nobody fills the disk from many addresses: 350 bytes each, kept for two weeks."""


@dataclass(frozen=True, slots=True)
class BrowserReport:
    """What a browser found out, as the form brought it: anybody's text. All empty where it runs no scripts.

    ``asked`` and ``answer`` are about the reader software's interface, ``clock`` is in milliseconds; ``tls`` is the protocol by
    which the form came, which is ours to see.
    """

    asked: str = ""
    answer: str = ""
    clock: str = ""
    tls: str = ""


@dataclass(frozen=True, slots=True)
class CardChecks:
    """``minimum_interface`` is the oldest version of the reader software's interface that will do; ``draft_lane`` is how long
    after a list's nextUpdate people may sign in all the same, to type in an order.
    """

    judge: CertificateJudge
    units: UnitsOfWork
    randomness: Randomness
    limiter: Limiter
    minimum_interface: Version
    draft_lane: timedelta = timedelta(0)

    def begin(self, report: BrowserReport, cookie_hash: str, now: datetime, client: Client = NOBODY) -> CardCheck:
        """Judge and store, for the browser whose start cookie has this hash.

        Raises LimitReached where this client has made many, TooManyChecks where everybody has.
        """
        code = support_code(self.randomness())
        software = judge_software(asked(report.asked), report.answer, self.minimum_interface)
        clock, seconds = judge_clock(report.clock, now)
        check = CardCheck(
            code=code,
            at=now,
            software=software.outcome,
            software_version=software.version,
            clock=clock,
            clock_seconds=seconds,
            tls=judge_tls(report.tls),
            browser=browser_mark(code, cookie_hash),
        )
        with self.units.writing() as unit:  # two at once may make one too many: that fills no disk
            self.limiter.spend(unit, Purpose.CARD_CHECK, client, now)
            full = unit.card_checks.count_since(now - timedelta(hours=1)) >= MOST_AN_HOUR
            if not full:
                unit.card_checks.add(check)
            unit.commit()  # it counts in any case
        if full:
            raise TooManyChecks
        return check

    def find(self, typed: str, now: datetime) -> CardCheck:
        """The check with this support code, however it was written down. Raises NoSuchCheck, also where its time is over."""
        code = read_support_code(typed)
        with self.units.reading() as unit:
            found = unit.card_checks.get(code)
        if found is None or found.at <= now - CHECK_LIFETIME:
            raise NoSuchCheck("no check of the last two weeks has this code")
        return found

    def try_certificate(
        self, der: bytes | None, code: str, cookie_hash: str, now: datetime, client: Client = NOBODY
    ) -> tuple[CardHolder, str]:
        """Judge as signing in does, and start nothing; returns the holder and the outcome (ACCEPTED or DRAFT_LANE).

        The check remembers it where it is still there and was begun in this browser. Counted as signing in is. Raises the
        CertificateRefused that applies, LimitReached.
        """
        mark = browser_mark(code, cookie_hash)
        try:
            accepted, outcome = self._judged(der, now)
        except CertificateRefused as refused:
            self._tell((code, mark, refused.code, None), Purpose.REFUSED_SIGN_IN, client, now)
            raise
        proven = Client(client.address, client.browser, accepted.holder.card)
        self._tell((code, mark, outcome, accepted.holder.kind), Purpose.SIGN_IN, proven, now)
        return accepted.holder, outcome

    def _judged(self, der: bytes | None, now: datetime) -> tuple[AcceptedCard, str]:
        if der is None:
            raise NoCertificate
        try:
            return self.judge.judge(der, now), ACCEPTED
        except RevocationStale as stale:
            return admitted(stale, self.draft_lane, now), DRAFT_LANE

    def _tell(self, told: tuple[str, str, str, CardKind | None], purpose: Purpose, client: Client, now: datetime) -> None:
        with self.units.writing() as unit:
            self.limiter.spend(unit, purpose, client, now)
            unit.card_checks.tell_certificate(*told)
            unit.commit()
