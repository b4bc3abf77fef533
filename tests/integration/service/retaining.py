"""An installation with terms, whose orders are years old."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy

from tests.conftest import Installation, silent
from tests.databases import ask, is_sqlite
from tests.integration.service.reviewing import Office, open_office
from webvartti.domain.events import Actor, ActorKind
from webvartti.domain.orders import Order
from webvartti.domain.retention import Kind
from webvartti.services import Services
from webvartti.services.retention import Retention
from webvartti.storage.schema import metadata

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
        retention = replace(self.retention, at_once=at_once, machine=lambda: self.later)
        return dict(retention.delete(retention.plan(self.later), OPERATOR, self.later, silent))

    def dump(self) -> list[str]:
        """Every row of the whole database."""
        url = self.office.installation.url
        tables = {name: ask(url, f"SELECT * FROM {name}") for name in sorted(metadata.tables)}  # noqa: S608 - our own tables
        return [f"{name}: {row}" for name, rows in tables.items() for row in sorted(map(repr, rows))]

    def touch(self, statement: str, *values: object) -> None:
        """Without the service, as whoever has the database can."""
        url = self.office.installation.url
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement if is_sqlite(url) else statement.replace("?", "%s"), values)
        engine.dispose()


def open_archive(installation: Installation, **settings: str) -> Archive:
    """All that is in the database is sealed; the mail of before can't be sent."""
    (installation.directory / "mail").write_text("in the way")
    office = open_office(installation, **(EVERY_TERM | settings))
    return Archive(office, office.now + timedelta(days=400))
