"""From a client certificate to a session: judged on the card host, carried over by a ticket, finished on the public host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webvartti.domain.audit import AuditEntry
from webvartti.domain.certificates import AcceptedCard, CertificateRefused, NoCertificate, RevocationStale, RevocationState
from webvartti.domain.draft_lane import admitted
from webvartti.domain.limits import Client, Purpose
from webvartti.domain.orders import actor_of
from webvartti.domain.permissions import Role
from webvartti.domain.ports import CertificateJudge, Randomness, RevocationRegister
from webvartti.domain.repositories import UnitOfWork, UnitsOfWork
from webvartti.domain.sessions import (
    TICKET_LIFETIME,
    Session,
    SessionKind,
    SessionLimits,
    Ticket,
    TicketNotValid,
    secret_hash,
    session_end,
)
from webvartti.services.limits import Limiter

_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Living:
    """A session that is alive, and what its holder is among the staff right now: a role that is taken away ends at once."""

    session: Session
    staff_roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use cases of signing in and out."""

    judge: CertificateJudge
    revocation: RevocationRegister
    units: UnitsOfWork
    randomness: Randomness
    limits: SessionLimits
    limiter: Limiter
    draft_lane: timedelta

    def issue_ticket(
        self, der: bytes | None, cookie_hash: str, language: str, now: datetime, address: str = ""
    ) -> tuple[str, Ticket]:
        """Judge the certificate and give a ticket that only the browser with the hashed cookie can use, for 60 seconds.

        Where only the revocation data is stale, and not for too long, the ticket is for a draft session.
        Raises the CertificateRefused that applies, LimitReached.
        """
        try:
            accepted, kind = self._judged(der, now)
        except CertificateRefused:
            self.limiter.count(Purpose.REFUSED_SIGN_IN, Client(address, cookie_hash), now)
            raise
        value = self.randomness()
        end = now + TICKET_LIFETIME
        ticket = Ticket(secret_hash(value), cookie_hash, kind, accepted.holder, accepted.revocation, language, end)
        with self.units.writing() as unit:
            self.limiter.spend(unit, Purpose.SIGN_IN, Client(address, cookie_hash, accepted.holder.card), now)
            unit.tickets.add(ticket)
            unit.commit()
        return value, ticket

    def _judged(self, der: bytes | None, now: datetime) -> tuple[AcceptedCard, SessionKind]:
        if der is None:
            raise NoCertificate
        try:
            return self.judge.judge(der, now), SessionKind.FULL
        except RevocationStale as stale:
            return admitted(stale, self.draft_lane, now), SessionKind.DRAFT

    def finish(self, ticket: str, cookie: str, old_session_id: str, now: datetime, address: str = "") -> tuple[str, Session]:
        """Burn the ticket, end any session that this browser had, and start a new one. Raises TicketNotValid, LimitReached."""
        value = self.randomness()
        with self.units.writing() as unit:
            burnt = unit.tickets.burn(secret_hash(ticket), secret_hash(cookie), now)
            if burnt is None:
                self.limiter.spend(unit, Purpose.TICKET, Client(address, cookie), now)
                unit.commit()  # it counts; an unspent ticket was counted when it was given
                raise TicketNotValid
            self._end_old(unit, old_session_id, burnt, now)
            end = session_end(burnt, now, self.limits, self.draft_lane)
            about = burnt.kind, burnt.holder, burnt.revocation, burnt.language
            session = Session(secret_hash(value), *about, now, now, end)
            unit.sessions.add(session)
            _audit(unit, session, "session.started", now)
            unit.commit()
        return value, session

    def load(self, session_id: str, now: datetime) -> Living | None:
        """The living session of this cookie; remembers, at most once a minute, that it was seen.

        A card that was revoked or put on hold since ends its session.
        """
        with self.units.reading() as unit:
            found = unit.sessions.get_with_roles(secret_hash(session_id))
        if found is None or not found[0].is_alive(now, self.limits):
            return None
        session, staff_roles = found
        status = self.revocation.status(session.holder.card, now)
        listed = status.state in (RevocationState.REVOKED, RevocationState.ON_HOLD) or status.revoked_at is not None
        if listed:
            self._end_revoked(session, now)
            return None
        if now - session.last_seen_at >= _TOUCH_EVERY:
            with self.units.writing() as unit:
                unit.sessions.touch(session.id_hash, now)
                unit.commit()
        return Living(session, staff_roles)

    def _end_revoked(self, session: Session, now: datetime) -> None:
        with self.units.writing() as unit:
            if unit.sessions.delete(session.id_hash):
                _audit(unit, session, "session.ended-by-revocation", now)
                unit.commit()

    def sign_out(self, session_id: str, now: datetime) -> None:
        """End the session for good; nothing happens where it has ended already."""
        with self.units.writing() as unit:
            session = unit.sessions.get(secret_hash(session_id))
            if session is not None and unit.sessions.delete(session.id_hash):
                _audit(unit, session, "session.ended", now)
                unit.commit()

    def _end_old(self, unit: UnitOfWork, old_session_id: str, ticket: Ticket, now: datetime) -> None:
        old = unit.sessions.get(secret_hash(old_session_id)) if old_session_id else None
        if old is None:
            return
        unit.sessions.delete(old.id_hash)
        another = old.holder.fingerprint != ticket.holder.fingerprint
        _audit(unit, old, "session.ended-by-another-card" if another else "session.replaced", now)


def _audit(unit: UnitOfWork, session: Session, action: str, now: datetime) -> None:
    """Which card, and which CRL vouched for it: in the audit, and in no log."""
    actor = actor_of(session.holder.person)
    detail = {
        "card_serial": session.holder.card.serial,
        "issuer_key": session.holder.card.issuer_key,
        "fingerprint": session.holder.fingerprint,
        "crl_number": str(session.revocation.crl_number),
        "session": session.kind,
    }
    unit.audit.add(AuditEntry(now, actor, action, actor.name, detail=detail))
