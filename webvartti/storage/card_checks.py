"""The checks of "Does my card work?": outcomes under a support code, nothing of a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, Integer, Table, Text, delete, func, select, update

from webvartti.domain.card_checks import CardCheck, ClockOutcome, TlsOutcome
from webvartti.domain.products import CardKind
from webvartti.domain.reader_software import SoftwareOutcome
from webvartti.storage.columns import metadata, moment_column, text_column
from webvartti.storage.transaction import Transaction

card_checks = Table(
    "card_checks",
    metadata,
    Column("code", Text, primary_key=True),
    moment_column("at"),
    text_column("software"),
    text_column("software_version"),
    text_column("clock"),
    Column("clock_seconds", Integer, nullable=False),
    text_column("tls"),
    text_column("certificate"),
    text_column("kind"),
    text_column("browser"),
)
Index("ix_card_checks_at", card_checks.c.at)


class CardChecks:
    """As ``domain.card_checks.CardCheckRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, check: CardCheck) -> None:
        values = {
            "code": check.code,
            "at": check.at,
            "software": check.software.value,
            "software_version": check.software_version,
            "clock": check.clock.value,
            "clock_seconds": check.clock_seconds,
            "tls": check.tls.value,
            "certificate": check.certificate,
            "kind": check.kind.value if check.kind else "",
            "browser": check.browser,
        }
        self._transaction.insert(card_checks, values)

    def get(self, code: str) -> CardCheck | None:
        row = self._transaction.row(select(card_checks).where(card_checks.c.code == code))
        if row is None:
            return None
        return CardCheck(
            code=row["code"],
            at=row["at"],
            software=SoftwareOutcome(row["software"]),
            software_version=row["software_version"],
            clock=ClockOutcome(row["clock"]),
            clock_seconds=row["clock_seconds"],
            tls=TlsOutcome(row["tls"]),
            certificate=row["certificate"],
            kind=CardKind(row["kind"]) if row["kind"] else None,
            browser=row["browser"],
        )

    def tell_certificate(self, code: str, browser: str, certificate: str, kind: CardKind | None) -> bool:
        told = {"certificate": certificate, "kind": kind.value if kind else ""}
        mine = (card_checks.c.code == code) & (card_checks.c.browser == browser)
        return self._transaction.change(update(card_checks).where(mine).values(told)) > 0

    def count_since(self, moment: datetime) -> int:
        row = self._transaction.row(select(func.count().label("count")).where(card_checks.c.at >= moment))
        return 0 if row is None else int(row["count"])

    def delete_older_than(self, moment: datetime) -> int:
        return self._transaction.change(delete(card_checks).where(card_checks.c.at <= moment))
