"""An installation with terms, whose orders are years old."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.conftest import Installation, silent
from tests.integration.service.reviewing import Office, open_office
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.orders import Order
from webvartti.domain.retention import Kind
from webvartti.services import Services
from webvartti.services.retention import Retention

OPERATOR = Actor(ActorKind.OPERATOR, "tester")
EVERY_TERM = {f"RETENTION_{kind.name}_MONTHS": "12" for kind in Kind}


@dataclass(frozen=True)
class Archive:
    """``later`` is when everything of ``office.now`` is due."""

    office: Office
    later: datetime

    @property
    def services(self) -> Services:
        return self.office.services

    @property
    def retention(self) -> Retention:
        return self.services.retention

    def withdrawn(self, slug: str) -> Order:
        """An order that was placed and withdrawn, with all that it leaves behind."""
        order = self.office.place(slug)
        return self.services.orders.withdraw(order.number, order.person, order.version, self.office.now)

    def delete(self, at_once: int = 200) -> dict[Kind, int]:
        retention = replace(self.retention, at_once=at_once)
        return dict(retention.delete(retention.plan(self.later), OPERATOR, self.later, silent))

    def dump(self) -> list[str]:
        """The whole database, as statements."""
        with sqlite3.connect(self.office.installation.directory / "webvartti.db") as database:
            return list(database.iterdump())

    def touch(self, statement: str, *values: object) -> None:
        """Without the service, as whoever has the file can."""
        database = sqlite3.connect(self.office.installation.directory / "webvartti.db")
        with database:
            database.execute(statement, values)
        database.close()


def open_archive(installation: Installation, **settings: str) -> Archive:
    """All that is in the database is sealed; the mail of before can't be sent."""
    (installation.directory / "mail").write_text("in the way")
    office = open_office(installation, **(EVERY_TERM | settings))
    return Archive(office, office.now + timedelta(days=400))
