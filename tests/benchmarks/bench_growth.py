"""What an order, a sign-in and an audit entry take on the disk, table by table: the figures of docs/capacity.md.

Run with `make bench`. Every row is written by the use cases; what the card factory will tell is written as they write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, text

from tests.benchmarks.bench_orders import REQUEST, many_holders
from tests.conftest import Installation
from webvartti.domain.audit import AuditEntry
from webvartti.domain.events import Actor, ActorKind, EventKind
from webvartti.domain.orders import Order, actor_of, happened
from webvartti.domain.sessions import secret_hash
from webvartti.pki.containers import read_certificate
from webvartti.services import Services
from webvartti.services.renewal_requests import PlaceOrder
from webvartti.storage.engine import create_engine
from webvartti.storage.schema import metadata

ORDERS = 2_000
SIGN_INS = 200
FACTORY = Actor(ActorKind.SYSTEM, "production")
AFTER_APPROVAL = (EventKind.HANDED_OFF, EventKind.DISPATCHED, EventKind.DELIVERED)
AT_ONCE = 200


@dataclass(frozen=True)
class Size:
    """Of one table: rows, bytes of the table, bytes of its indexes."""

    rows: int
    table: int
    indexes: int

    @property
    def of_a_row(self) -> float:
        """With its part of the indexes."""
        return (self.table + self.indexes) / self.rows


def sizes(engine: Engine) -> Mapping[str, Size]:
    """Of every table that has rows: whole pages, with what is empty in them."""
    sqlite = text(
        "SELECT tbl_name, sum(pgsize * (tbl_name = dbstat.name)), sum(pgsize * (tbl_name <> dbstat.name)) "
        "FROM dbstat JOIN sqlite_master ON sqlite_master.name = dbstat.name GROUP BY tbl_name"
    )
    postgresql = text("SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE relkind = 'r'")
    with engine.connect() as connection:
        stored = connection.execute(sqlite if engine.dialect.name == "sqlite" else postgresql)
        pages = {name: (int(table), int(indexes)) for name, table, indexes in stored}
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    return {name: Size(rows, *pages[name]) for name, rows in counts.items() if rows}


def place_orders(installation: Installation, services: Services, count: int) -> list[Order]:
    now = services.clock()
    commands = (PlaceOrder(REQUEST, secret_hash(str(index))) for index in range(count))
    holders = many_holders(installation, services, count)
    return [services.renewals.place_order(command, holder, now) for command, holder in zip(commands, holders, strict=True)]


def deliver(services: Services, orders: list[Order]) -> None:
    """What the card factory will tell of them."""
    now = services.clock()
    for first in range(0, len(orders), AT_ONCE):
        with services.renewals.units.writing() as unit:
            for order in orders[first : first + AT_ONCE]:
                for kind in AFTER_APPROVAL:
                    seen, order = order.version, happened(order, kind, FACTORY, now, {"batch": "2026-11-0001"})
                    unit.orders.save(order, seen_version=seen)
                    detail = {"batch": "2026-11-0001"}
                    unit.audit.add(AuditEntry(now, FACTORY, f"order.{kind}", actor_of(order.person).name, order.number, detail))
            unit.commit()


def sign_in(installation: Installation, services: Services, count: int) -> None:
    """The same card again and again, as often as the limits let it."""
    der = read_certificate(installation.country.card("aino").pem.read_bytes(), None)
    for number in range(count):
        now = services.clock() + timedelta(seconds=6 * number)
        cookie = f"cookie {number}"
        ticket, _ = services.sign_in.issue_ticket(der, secret_hash(cookie), "fi", now, "192.0.2.1")
        services.sign_in.finish(ticket, cookie, "", now, "192.0.2.1")


@pytest.mark.timeout(600)
def test_bytes_of_each_row(installation: Installation) -> None:
    services = installation.build()
    sign_in(installation, services, SIGN_INS)
    orders = place_orders(installation, services, ORDERS)
    deliver(services, orders)
    services.audit.seal_pending(services.clock())
    engine = create_engine(installation.settings.database_url)
    found = sizes(engine)
    engine.dispose()
    print(f"\n{'table':18}{'rows':>8}{'an order':>10}{'bytes a row':>13}{'of indexes':>12}")
    for name, size in found.items():
        row = f"{name:18}{size.rows:8}{size.rows / ORDERS:10.2f}{size.of_a_row:13.0f}{size.indexes / size.rows:12.0f}"
        print(row)
    assert found["orders"].rows == ORDERS
    assert found["audit"].rows == found["audit_seals"].rows > 5 * ORDERS
    assert found["order_events"].rows == 5 * ORDERS
