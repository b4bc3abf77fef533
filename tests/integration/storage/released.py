"""What an installation of each released schema holds: rows as the program of that time wrote them, at least one a table.

Written down once and for all: today's code has no part in it, for it must be able to read what it didn't write.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import MetaData, NullPool, Table, func, insert, select

AT = datetime(2026, 11, 1, 8, 0, 15, 123456, tzinfo=UTC)
KEY = b"k" * 32
"""The audit's."""
_SEALS = ("79dd7eda5f4c1655e1828cffbcab0517892365fb81fab4416e3fda5acab100bc",
          "98eb61ad55742e7d5cbc25c39dd9c3bb0bc47fe4c7804d2bd3c1bfb5c1ba414f")  # fmt: skip
SUBMITTED, APPROVED, HELD = "WV-AAAA-0001", "WV-AAAA-0002", "WV-AAAA-0003"
PERSON = {"person_namespace": "registration-number", "person_serial_number": "00098705718"}
_HOLDER = {"kind": "professional", "surname": "Österåker-Äijälä", "given_name": "Åsa", "title": "lääkäri", "doctor_id": "1",
           "organisation": "", "not_before": "2024-03-01T00:00:00+00:00"}  # fmt: skip
_GOOD = {"state": "good", "crl_number": 2**159 + 1, "this_update": AT.isoformat(), "next_update": AT.isoformat(),
         "revoked_at": None, "reason": ""}  # fmt: skip
_FINDING = {"code": "address-differs", "severity": "needs-person", "rule": "address", "version": 2, "values": {"on_card": "Å"}}

Rows = dict[str, list[dict[str, Any]]]


def _card(number: int) -> dict[str, Any]:
    return {"issuer_key": "ab" * 32, "card_serial": f"{number:x}"}


def _certificate(number: int) -> dict[str, Any]:
    later = AT + timedelta(days=80)
    return {**PERSON, **_card(number), "fingerprint": "cd" * 32, "certificate_not_after": later, "holder": _HOLDER}


def _order(number: int, name: str, state: str) -> dict[str, Any]:
    address = {"street": "Mannerheimvägen 5 B 17", "postal_code": "00100", "post_office": "HELSINGFORS", "country": "FI"}
    return {
        "id": number, "number": name, "version": 2, "state": state, "placed_at": AT + timedelta(minutes=number),
        **PERSON, **_card(number), "fingerprint": "cd" * 32, "certificate_not_after": AT + timedelta(days=80),
        "recipient": "Åsa Österåker-Äijälä", "kind": "professional", "with_photo": True, "profession": "001",
        **{f"card_{part}": value for part, value in address.items()},
        **{f"letter_{part}": value for part, value in address.items()},
        "letter_to": "organisation", "letter_organisation": "1234567-1", "letter_organisation_name": "Åbo hälsocentral",
        "email": "asa@example.fi", "telephone": "", "language": "sv", "card_arrives": date(2026, 11, 12),
        "letter_arrives": date(2026, 11, 16), "valid_until": date(2031, 11, 1), "withdrawable_until": AT + timedelta(hours=5),
        "findings": [_FINDING], "revocation": _GOOD, "sources": {"rights": "7:ab12"},
    }  # fmt: skip


def _event(order: int, seq: int, kind: str, state: str, who: str = "system") -> dict[str, Any]:
    actor = {"actor_kind": who, "actor_name": "rules"}
    return {"order_id": order, "seq": seq, "kind": kind, "at": AT, **actor, "state": state, "reason": {"why": "Å"}}


def _audit(number: int, who: str = "operator") -> dict[str, Any]:
    actor = {"actor_kind": who, "actor_name": "marjatta"}
    return {"id": number, "at": AT, **actor, "action": "order.viewed", "subject": "registration-number:00098705718",
            "order_number": SUBMITTED, "detail": {"crl": "17", "å": "ä"}}  # fmt: skip


def _message(number: int, kind: str) -> dict[str, Any]:
    return {"id": number, "kind": kind, "to_address": "asa@example.fi", "language": "sv", "fill_in": {"number": SUBMITTED},
            "attempts": 2, "not_before": AT, "created_at": AT, "sent_at": None}  # fmt: skip


def _first() -> Rows:
    session = {**_certificate(1), "revocation": _GOOD, "language": "sv", "expires_at": AT + timedelta(hours=1)}
    decided = {"outcome": "approved", "at": AT, "actor_kind": "system", "actor_name": "rules", "rules_version": "name.1"}
    return {
        "orders": [_order(1, SUBMITTED, "submitted"), _order(2, APPROVED, "approved"), _order(3, HELD, "held")],
        "order_events": [
            _event(1, 1, "placed", "submitted", "holder"), _event(2, 1, "placed", "submitted", "holder"),
            _event(2, 2, "approved", "approved"), _event(3, 1, "placed", "submitted"), _event(3, 2, "held", "held"),
        ],
        "decisions": [{"id": 1, "order_id": 2, "is_current": True, **decided, "findings": [_FINDING], "reason": ""}],
        "idempotency_keys": [{"key": "k" * 40, **PERSON, "number": SUBMITTED, "created_at": AT}],
        "tickets": [{"ticket_hash": "t" * 64, "cookie_hash": "c" * 64, "used_at": None, **session}],
        "sessions": [{"id_hash": "i" * 64, "signed_in_at": AT, "last_seen_at": AT, **session}],
        "audit": [_audit(1), _audit(2), _audit(5)],
        "audit_unsealed": [{"audit_id": 5}],
        "audit_seals": [{"position": place, "audit_id": place, "seal": seal} for place, seal in enumerate(_SEALS, start=1)],
        "drafts": [{**PERSON, **_card(9), "fields": {"street": "Å 1"}, "updated_at": AT}],
        "contacts": [{**PERSON, "email": "asa@example.fi", "telephone": "", "language": "sv", "updated_at": AT}],
        "outbox": [_message(41, "order-received")],
        "feedback": [{"id": 7, "at": AT, "language": "fi", "page": "/", "text": "Hyvä!\nKiitos", "reply_to": ""}],
        "snapshots": [{"id": 3, "name": "rights", "number": "8", "sha256": "a" * 64, "row_count": 5, "recorded_at": AT}],
    }  # fmt: skip


def _draft_lane(rows: Rows) -> None:
    for table in ("tickets", "sessions"):
        rows[table] = [{**row, "kind": "full"} for row in rows[table]]
    rows["outbox"].append(_message(42, "order-held"))
    rows["held_orders"] = [{"number": HELD, **_certificate(3), "placed_at": AT}]


def _attempts(rows: Rows) -> None:
    rows["attempts"] = [{"key": "0" * 32, "spent_until": 2**60}]


def _review_events(rows: Rows) -> None:
    rows["order_events"].append(_event(1, 2, "decision-taken", "submitted", "staff"))
    rows["audit"].append(_audit(6, "staff"))
    rows["audit_unsealed"].append({"audit_id": 6})
    rows["outbox"].append(_message(43, "order-question"))


def _review(rows: Rows) -> None:
    by = {"by_namespace": "registration-number", "by_serial_number": "1", "by_name": "Anna"}
    actor = {"actor_kind": "operator", "actor_name": "olli"}
    place = AT + timedelta(days=14)
    rows["cases"] = [{"order_id": order, "place_at": at, "finding_codes": " address-differs "}
                     for order, at in ((1, place), (2, None), (3, place))]  # fmt: skip
    rows["order_names"] = [{"word": word, "order_id": order} for order in (1, 2, 3) for word in ("asa", "osteraker", "aijala")]
    rows["review_decisions"] = [{"id": 4, "number": SUBMITTED, "outcome": "rejected", "status": "awaits-second",
                                 "order_version": 2, "reason": "visit-needed", "words": "Tule käymään.", "matters": "reject",
                                 **by, "at": AT}]  # fmt: skip
    rows["letters"] = [{"id": 1, "number": SUBMITTED, "kind": "answer", "at": AT, "text": "Täällä"}]
    rows["staff_roles"] = [{**PERSON, "role": "supervisor", "name": "Sari", "granted_at": AT}]
    rows["role_changes"] = [{"id": 2, **PERSON, "name": "Sari", "role": "auditor", "grants": True, **actor, "asked_at": AT}]
    rows["policy_changes"] = [{"id": 1, "window_days": 60, "automatic_decisions": False, **actor, "proposed_at": AT,
                               "in_force": False}]  # fmt: skip
    rows["decision_inputs"] = [{"number": SUBMITTED, "at": AT, "facts": {"asked": "Å"}, "policy": {"window_days": None}}]


def _several_nodes(rows: Rows) -> None:
    rows["worker_jobs"] = [{"name": "seal", "holder": "", "held_until": None, "finished_at": AT}]


def _retention(rows: Rows) -> None:
    rows["audit_marks"] = [{"position": 0, "seal": "s" * 64, "at": AT, "signature": "t" * 64}]


def _card_checks(rows: Rows) -> None:
    rows["card_checks"] = [{"code": "TK-2222-3333", "at": AT, "software": "card-in-reader", "software_version": "1.1",
                            "clock": "clock-slow", "clock_seconds": -400, "tls": "tls-1.3", "certificate": "accepted",
                            "kind": "professional", "browser": "b" * 64}]  # fmt: skip


_ADDED = {
    "0002": _draft_lane,
    "0003": _attempts,
    "0004": _review_events,
    "0005": _review,
    "0006": _several_nodes,
    "0007": _retention,
    "0008": _card_checks,
}


def rows_of(revision: str) -> Rows:
    """By table, those that others refer to first."""
    rows = _first()
    for each, add in _ADDED.items():
        if each <= revision:
            add(rows)
    return rows


def store(url: str, revision: str) -> None:
    """Into a database that is at this revision, past today's code."""
    engine, tables = sqlalchemy.create_engine(url, poolclass=NullPool), MetaData()
    with engine.begin() as connection:
        for name, rows in rows_of(revision).items():
            table = Table(name, tables, autoload_with=connection)
            for row in rows:
                connection.execute(insert(table), row)
            if connection.dialect.name == "postgresql" and "id" in table.c:
                sequence = select(func.setval(func.pg_get_serial_sequence(name, "id"), func.max(table.c.id)))
                connection.execute(sequence)


def content(url: str) -> Rows:
    """Every row of every table, however the database keeps them."""
    engine, tables = sqlalchemy.create_engine(url, poolclass=NullPool), MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        found = {name: connection.execute(select(table)).mappings().all() for name, table in tables.tables.items()}
    return {name: sorted((dict(row) for row in rows), key=repr) for name, rows in found.items() if name != "alembic_version"}
