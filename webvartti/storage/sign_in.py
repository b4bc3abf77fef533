"""Tickets that cross from the card host to the public host, and sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, and_, bindparam, delete, or_, select, update

from webvartti.domain.permissions import Role
from webvartti.domain.sessions import Session, SessionKind, Ticket
from webvartti.storage.forms import holder_from_columns, holder_to_columns, revocation_from_json, revocation_to_json
from webvartti.storage.review_tables import staff_roles
from webvartti.storage.sign_in_tables import sessions, tickets
from webvartti.storage.transaction import Transaction

_BURN = (
    update(tickets)
    .where(
        tickets.c.ticket_hash == bindparam("ticket"),
        tickets.c.cookie_hash == bindparam("cookie"),
        tickets.c.used_at.is_(None),
        tickets.c.expires_at > bindparam("moment"),
    )
    .values(used_at=bindparam("moment"))
    .returning(*tickets.c)
)
_GET = select(sessions).where(sessions.c.id_hash == bindparam("session"))
_GET_WITH_ROLES = (
    select(sessions, staff_roles.c.role)
    .outerjoin(
        staff_roles,
        and_(
            staff_roles.c.person_namespace == sessions.c.person_namespace,
            staff_roles.c.person_serial_number == sessions.c.person_serial_number,
        ),
    )
    .where(sessions.c.id_hash == bindparam("session"))
)


class Tickets:
    """As ``domain.repositories.TicketRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, ticket: Ticket) -> None:
        values = {
            "ticket_hash": ticket.ticket_hash,
            "cookie_hash": ticket.cookie_hash,
            "kind": ticket.kind.value,
            **holder_to_columns(ticket.holder),
            "revocation": revocation_to_json(ticket.revocation),
            "language": ticket.language,
            "expires_at": ticket.expires_at,
        }
        self._transaction.insert(tickets, values)

    def burn(self, ticket_hash: str, cookie_hash: str, now: datetime) -> Ticket | None:
        """One UPDATE: of many callers at once, one gets the ticket."""
        row = self._transaction.row(_BURN, {"ticket": ticket_hash, "cookie": cookie_hash, "moment": now})
        if row is None:
            return None
        return Ticket(
            ticket_hash=row["ticket_hash"],
            cookie_hash=row["cookie_hash"],
            kind=SessionKind(row["kind"]),
            holder=holder_from_columns(row),
            revocation=revocation_from_json(row["revocation"]),
            language=row["language"],
            expires_at=row["expires_at"],
        )

    def delete_expired(self, now: datetime) -> int:
        """Used ones too, once their time is over."""
        return self._transaction.change(delete(tickets).where(tickets.c.expires_at <= now))


class Sessions:
    """As ``domain.repositories.SessionRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, session: Session) -> None:
        values = {
            "id_hash": session.id_hash,
            "kind": session.kind.value,
            **holder_to_columns(session.holder),
            "revocation": revocation_to_json(session.revocation),
            "language": session.language,
            "signed_in_at": session.signed_in_at,
            "last_seen_at": session.last_seen_at,
            "expires_at": session.expires_at,
        }
        self._transaction.insert(sessions, values)

    def get(self, id_hash: str) -> Session | None:
        """As it is stored: whether it is still alive is for the caller to say."""
        row = self._transaction.row(_GET, {"session": id_hash})
        return None if row is None else _session_of(row)

    def get_with_roles(self, id_hash: str) -> tuple[Session, frozenset[Role]] | None:
        """A row for each role; one without where the holder has none."""
        rows = self._transaction.rows(_GET_WITH_ROLES, {"session": id_hash})
        if not rows:
            return None
        return _session_of(rows[0]), frozenset(Role(row["role"]) for row in rows if row["role"] is not None)

    def touch(self, id_hash: str, now: datetime) -> None:
        """Never back in time: another node's clock may be ahead."""
        seen_before = (sessions.c.id_hash == id_hash) & (sessions.c.last_seen_at < now)
        self._transaction.change(update(sessions).where(seen_before).values(last_seen_at=now))

    def delete(self, id_hash: str) -> bool:
        return self._transaction.change(delete(sessions).where(sessions.c.id_hash == id_hash)) > 0

    def delete_expired(self, now: datetime, idle_before: datetime) -> int:
        """Both limits as ``Session.is_alive`` has them: at the limit itself a session is over."""
        over = or_(sessions.c.expires_at <= now, sessions.c.last_seen_at <= idle_before)
        return self._transaction.change(delete(sessions).where(over))


def _session_of(row: RowMapping) -> Session:
    return Session(
        id_hash=row["id_hash"],
        kind=SessionKind(row["kind"]),
        holder=holder_from_columns(row),
        revocation=revocation_from_json(row["revocation"]),
        language=row["language"],
        signed_in_at=row["signed_in_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
    )
