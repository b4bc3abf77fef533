"""Values of the domain as columns and JSON, and back: findings, revocation status, holders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.eligibility import Finding, Severity
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.domain.products import CardKind
from webvartti.storage.columns import in_utc

Json = dict[str, Any]


def findings_to_json(findings: Sequence[Finding]) -> list[Json]:
    return [
        {
            "code": finding.code,
            "severity": finding.severity.value,
            "rule": finding.rule,
            "version": finding.version,
            "values": dict(finding.values),
        }
        for finding in findings
    ]


def findings_from_json(stored: Sequence[Json]) -> tuple[Finding, ...]:
    return tuple(
        Finding(form["code"], Severity(form["severity"]), form["rule"], form["version"], form["values"]) for form in stored
    )


def _moment_to_json(moment: datetime | None) -> str | None:
    return None if moment is None else in_utc(moment).isoformat()


def _moment_from_json(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


def revocation_to_json(status: RevocationStatus) -> Json:
    return {
        "state": status.state.value,
        "crl_number": status.crl_number,
        "this_update": _moment_to_json(status.this_update),
        "next_update": _moment_to_json(status.next_update),
        "revoked_at": _moment_to_json(status.revoked_at),
        "reason": status.reason,
        "earliest_update": _moment_to_json(status.earliest_update),
        "latest_update": _moment_to_json(status.latest_update),
    }


def revocation_from_json(stored: Json) -> RevocationStatus:
    return RevocationStatus(
        state=RevocationState(stored["state"]),
        crl_number=stored["crl_number"],
        this_update=_moment_from_json(stored["this_update"]),
        next_update=_moment_from_json(stored["next_update"]),
        revoked_at=_moment_from_json(stored["revoked_at"]),
        reason=stored["reason"],
        earliest_update=_moment_from_json(stored.get("earliest_update")),  # not in rows of before this was told
        latest_update=_moment_from_json(stored.get("latest_update")),
    )


def holder_to_columns(holder: CardHolder) -> Json:
    """The columns that tickets and sessions have for the holder."""
    return {
        **person_values(holder.person),
        **card_values(holder.card),
        "fingerprint": holder.fingerprint,
        "certificate_not_after": holder.not_after,
        "holder": {
            "kind": holder.kind.value,
            "surname": holder.surname,
            "given_name": holder.given_name,
            "title": holder.title,
            "doctor_id": holder.doctor_id,
            "organisation": holder.organisation,
            "not_before": _moment_to_json(holder.not_before),
        },
    }


def holder_from_columns(row: RowMapping) -> CardHolder:
    rest = row["holder"]
    return CardHolder(
        person=person_of(row),
        card=card_of(row),
        kind=CardKind(rest["kind"]),
        surname=rest["surname"],
        given_name=rest["given_name"],
        title=rest["title"],
        doctor_id=rest["doctor_id"],
        organisation=rest["organisation"],
        not_before=datetime.fromisoformat(rest["not_before"]),
        not_after=row["certificate_not_after"],
        fingerprint=row["fingerprint"],
    )


def person_values(person: Person) -> Json:
    return {"person_namespace": person.namespace, "person_serial_number": person.serial_number}


def person_of(row: RowMapping) -> Person:
    return Person(row["person_namespace"], row["person_serial_number"])


def card_values(card: CardId) -> Json:
    return {"issuer_key": card.issuer_key, "card_serial": card.serial}


def card_of(row: RowMapping) -> CardId:
    return CardId(row["issuer_key"], row["card_serial"])


def actor_values(actor: Actor) -> Json:
    return {"actor_kind": actor.kind.value, "actor_name": actor.name}


def actor_from_row(row: RowMapping) -> Actor:
    return Actor(ActorKind(row["actor_kind"]), row["actor_name"])
