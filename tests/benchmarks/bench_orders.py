"""Orders a second: the use case, durable, against the bare driver's inserts of the very same rows in the same transactions.

Run with `make bench`. Only the ratio counts: both sides run in turn in one process on one disk.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from tests.conftest import Installation, silent
from tests.databases import POSTGRESQL, SQLITE, Server, ask, execute
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.domain.orders import Contact, LetterTo
from webvartti.domain.registers import RegisterKind
from webvartti.domain.sessions import secret_hash
from webvartti.services import Services
from webvartti.services.renewal_requests import PlaceOrder, RenewalRequest
from webvartti.storage.migrate import upgrade

ORDERS = 400
REQUEST = RenewalRequest(None, LetterTo.HOME, "", Contact("aino@example.fi", "040 123 4567", "fi"))
TABLES = (
    "idempotency_keys", "orders", "order_events", "decisions", "cases", "order_names", "decision_inputs", "contacts", "outbox",
    "audit", "audit_unsealed",
)  # fmt: skip


def many_holders(installation: Installation, services: Services, count: int = ORDERS) -> list[CardHolder]:
    """So many holders, each with a right, a card and an address in the registers."""
    aino = installation.country.card("aino")
    pem = aino.pem.read_bytes()
    from webvartti.pki.containers import read_certificate

    holder = services.judge.judge(read_certificate(pem, None), services.clock()).holder
    numbers = [f"{90_000_000_000 + index}" for index in range(count)]
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


AGE = {"order_names": "order_id", "decision_inputs": "at"}
"""By what a table's rows are read in the order of their orders, where that isn't its first column."""

Written = list[tuple[str, list[tuple[Any, ...]]]]
Execute = Callable[..., Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("backend", [SQLITE, POSTGRESQL], scope="session")


def insert(execute: Execute, written: Written, mark: str) -> float:
    """Seconds for the same rows: ORDERS transactions, each with its share of every table."""
    started = time.perf_counter()
    for number in range(ORDERS):
        execute("BEGIN IMMEDIATE" if mark == "?" else "BEGIN")
        for table, rows in written:
            for row in rows[number * len(rows) // ORDERS : (number + 1) * len(rows) // ORDERS]:
                execute(f"INSERT INTO {table} VALUES ({','.join([mark] * len(row))})", row)  # noqa: S608 - the names above
        execute("COMMIT")
    return time.perf_counter() - started


def insert_raw(url: str, written: Written) -> float:
    """With sqlite3 (WAL and FULL) or psycopg, and nothing else."""
    address = make_url(url)
    if address.get_backend_name() == SQLITE:
        connection = sqlite3.connect(address.database or "", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        took = insert(connection.execute, written, "?")
        connection.close()
        return took
    # as text, as the database keeps it: the driver's own way to JSON isn't what is measured
    plain = [(table, [tuple(_text(part) for part in row) for row in rows]) for table, rows in written]
    with psycopg.connect(address.set(drivername="postgresql").render_as_string(False), autocommit=True) as server:
        return insert(server.execute, plain, "%s")


def _text(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def another_database(installation: Installation, backend: str, request: pytest.FixtureRequest) -> str:
    """Migrated and empty."""
    server: Server | None = request.getfixturevalue("postgresql_server") if backend == POSTGRESQL else None
    url = f"sqlite:///{installation.directory / 'raw.db'}" if server is None else server.create()
    upgrade(url)
    return url


def test_orders_a_second_against_raw_inserts(installation: Installation, backend: str, request: pytest.FixtureRequest) -> None:
    services = installation.build()
    holders = many_holders(installation, services)
    assert services.renewals.overview(holders[0], services.clock()).may_order
    services.renewals.preview(REQUEST, holders[0], services.clock())  # the calendars come with the first estimate
    execute(installation.url, *(f"DELETE FROM {table}" for table in reversed(TABLES)))  # noqa: S608 - the names above
    commands = [PlaceOrder(REQUEST, secret_hash(str(index))) for index in range(ORDERS)]
    started = time.perf_counter()
    for command, holder in zip(commands, holders, strict=True):
        services.renewals.place_order(command, holder, services.clock())
    product = time.perf_counter() - started
    written = [(table, ask(installation.url, f"SELECT * FROM {table} ORDER BY {AGE.get(table, '1')}")) for table in TABLES]  # noqa: S608 - the names above
    count = sum(len(rows) for _, rows in written)
    raw = insert_raw(another_database(installation, backend, request), written)
    assert count >= ORDERS * 10
    name = "sqlite3" if backend == SQLITE else "psycopg"
    print(f"\norders, {backend}: place_order {ORDERS / product:.0f}/s, bare {name} inserts {ORDERS / raw:.0f}/s, {count} rows")
    print(f"orders, {backend}: ratio {raw / product:.2f}")
    assert raw / product > 0.02
