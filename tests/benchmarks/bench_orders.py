"""Orders a second: the use case, durable, against raw sqlite3 inserts of the very same rows in the same transactions.

Run with `make bench`. Only the ratio counts: both sides run in turn in one process on one disk.
"""

from __future__ import annotations

import csv
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

from tests.conftest import Installation, silent
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.domain.orders import Contact, LetterTo
from webvartti.domain.registers import RegisterKind
from webvartti.domain.sessions import secret_hash
from webvartti.services import Services
from webvartti.services.renewals import PlaceOrder, RenewalRequest
from webvartti.storage.migrate import upgrade

ORDERS = 400
REQUEST = RenewalRequest(None, LetterTo.HOME, "", Contact("aino@example.fi", "040 123 4567", "fi"))
TABLES = (
    "idempotency_keys", "orders", "order_events", "decisions", "cases", "order_names", "decision_inputs", "contacts", "outbox",
    "audit", "audit_unsealed",
)  # fmt: skip


def many_holders(installation: Installation, services: Services) -> list[CardHolder]:
    """As many holders as orders, each with a right, a card and an address in the registers."""
    aino = installation.country.card("aino")
    pem = aino.pem.read_bytes()
    from webvartti.pki.containers import read_certificate

    holder = services.judge.judge(read_certificate(pem, None), services.clock()).holder
    numbers = [f"{90_000_000_000 + index}" for index in range(ORDERS)]
    for kind in (RegisterKind.RIGHTS, RegisterKind.CARDS, RegisterKind.PERSONS):
        source = installation.country.directory / "registers" / f"{kind}.csv"
        with source.open(encoding="utf-8", newline="") as file:
            row = next(row for row in csv.DictReader(file) if row["registration_number"] == aino.number)
        target = installation.directory / f"{kind}.csv"
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            for index, number in enumerate(numbers):
                serial = {"certificate_serial": f"{index + 1:x}"} if kind is RegisterKind.CARDS else {}
                writer.writerow({**row, "registration_number": number, **serial})
        services.registers.load_extract(kind, target, skip_bad=False, operator="bench", now=services.clock(), progress=silent)
    return [
        replace(holder, person=Person(holder.person.namespace, number), card=CardId(holder.card.issuer_key, f"{index + 1:x}"))
        for index, number in enumerate(numbers)
    ]


def rows_of_each_order(database: Path) -> tuple[list[tuple[str, list[tuple[object, ...]]]], int]:
    """What the orders wrote, table by table."""
    with sqlite3.connect(database) as connection:
        written = [(table, connection.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES]  # noqa: S608 - names above
    return written, sum(len(rows) for _, rows in written)


def insert_raw(database: Path, written: list[tuple[str, list[tuple[object, ...]]]]) -> float:
    """Seconds for the same rows: ORDERS transactions, each with its share of every table, WAL and FULL."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    started = time.perf_counter()
    for number in range(ORDERS):
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in written:
            share = rows[number * len(rows) // ORDERS : (number + 1) * len(rows) // ORDERS]
            for row in share:
                marks = ",".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - the names above
        connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.close()
    return took


def test_orders_a_second_against_raw_inserts(installation: Installation) -> None:
    services = installation.build()
    holders = many_holders(installation, services)
    assert services.renewals.overview(holders[0], services.clock()).may_order
    with sqlite3.connect(installation.directory / "webvartti.db") as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above
    commands = [PlaceOrder(REQUEST, secret_hash(str(index))) for index in range(ORDERS)]
    started = time.perf_counter()
    for command, holder in zip(commands, holders, strict=True):
        services.renewals.place_order(command, holder, services.clock())
    product = time.perf_counter() - started
    written, count = rows_of_each_order(installation.directory / "webvartti.db")
    raw_file = installation.directory / "raw.db"
    upgrade(f"sqlite:///{raw_file}")
    raw = insert_raw(raw_file, written)
    assert count >= ORDERS * 6
    print(f"\norders: place_order {ORDERS / product:.0f}/s, raw sqlite3 inserts of the same {count} rows {ORDERS / raw:.0f}/s")
    print(f"orders: ratio {raw / product:.2f}")
    assert raw / product > 0.02
