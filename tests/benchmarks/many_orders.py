"""A database of any number of orders, a part of them open: the rows of one real order, varied, written with bare sqlite3."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.unit.domain.facts import facts
from tests.unit.domain.placed import placed_order
from webvartti.domain.decisions import AUTOMATIC, Decision, Outcome
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.orders import decided
from webvartti.domain.review_repositories import DecisionInput
from webvartti.storage.cases import search_words
from webvartti.storage.engine import create_engine
from webvartti.storage.migrate import upgrade
from webvartti.storage.unit_of_work import Storage

MANY = int(os.environ.get("WEBVARTTI_TEST_BENCH_ORDERS", "1000000"))
MANY_OPEN = MANY // 50
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
AT_ONCE = 20_000
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
RARE, RARE_ORDERS = "Harvinainen", 20
SYLLABLES = (
    "ka", "ma", "ni", "ko", "ri", "sa", "lu", "ha", "ve", "jo", "ti", "pä", "nö", "la", "su", "mi", "ra", "ne", "vi", "to",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True)
class ManyOrders:
    """``open_numbers`` are in the order of the queue; ``names`` are names that occur."""

    file: Path
    storage: Storage
    open_numbers: tuple[str, ...]
    names: tuple[str, ...]


def _rows_of_templates(storage: Storage, file: Path) -> dict[str, list[Row]]:
    """As the repositories write them: an open order, and one that a rule has approved."""
    waiting = placed_order()
    automatic = Decision(Outcome.APPROVED, NOW, AUTOMATIC, "all.1", waiting.findings)
    done = replace(waiting, number="WV-7K3M-9Q4R", card=replace(waiting.card, serial="5f3d"))
    with storage.writing() as unit:
        for order in (waiting, decided(done, automatic)):
            unit.orders.add(order)
            unit.decision_inputs.put(DecisionInput(order.number, NOW, facts(), RenewalPolicy()))
        unit.commit()
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    tables = ("orders", "order_events", "decisions", "cases", "decision_inputs")
    connection.execute(
        "DELETE FROM order_events WHERE order_id = (SELECT min(order_id) FROM order_events)"
    )  # the other's do for both
    found = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables}  # noqa: S608 - names above
    for table in (*tables[1:], "order_names", "orders"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names above
    connection.commit()
    connection.close()
    return found


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def _number(order_id: int) -> str:
    """As scattered as drawn ones, but never twice the same among so many."""
    value, letters = order_id * 0x9E3779B1 % len(ALPHABET) ** 8, ""
    for _ in range(8):
        value, index = divmod(value, len(ALPHABET))
        letters += ALPHABET[index]
    return f"WV-{letters[:4]}-{letters[4:]}"


def _names(chance: random.Random, how_many: int, syllables: int) -> list[str]:
    return ["".join(chance.choices(SYLLABLES, k=syllables)).capitalize() for _ in range(how_many)]


def _varied(templates: dict[str, list[Row]], count: int, open_count: int) -> Iterator[dict[str, list[Row]]]:
    """An order after the other, as rows by table. A few surnames are common, most are not, and RARE is RARE_ORDERS people's."""
    chance = random.Random(1)  # noqa: S311 - invented people need no secrets
    given, surnames = _names(chance, 800, 2), _names(chance, 20_000, 3)
    chosen = chance.choices(surnames, [1 / (rank + 10) for rank in range(len(surnames))], k=count)
    for order_id in chance.sample(range(count), RARE_ORDERS):
        chosen[order_id] = RARE
    opened = set(chance.sample(range(1, count + 1), open_count))
    for order_id, surname in enumerate(chosen, start=1):
        name = f"{chance.choice(given)} {chance.choice(given)} {surname}"
        yield _rows(templates, order_id, name, is_open=order_id in opened, chance=chance)


def _rows(
    templates: dict[str, list[Row]], order_id: int, name: str, *, is_open: bool, chance: random.Random
) -> dict[str, list[Row]]:
    """Orders of years, the open ones of the last weeks."""
    number, own = _number(order_id), {"order_id": order_id}
    age = chance.randrange(40_000) if is_open else chance.randrange(60_000, 3_000_000)
    placed = NOW - timedelta(minutes=age)
    ends = placed + timedelta(minutes=chance.randrange(200_000))
    order = {
        **templates["orders"][0 if is_open else 1],
        "id": order_id,
        "number": number,
        "card_serial": f"{order_id:x}",
        "person_serial_number": f"{90_000_000_000 + order_id}",
        "recipient": name,
        "placed_at": _text(placed),
        "certificate_not_after": _text(ends),
        "profession": f"{order_id % 40:03}",
    }
    place_at = _text(min(ends, placed + timedelta(days=14))) if is_open else None
    events = templates["order_events"][: 1 if is_open else 2]
    decisions = [] if is_open else templates["decisions"]
    inputs = templates["decision_inputs"][:1] if is_open else []
    return {
        "orders": [order],
        "order_events": [{**row, **own} for row in events],
        "decisions": [{**row, **own, "id": order_id} for row in decisions],
        "cases": [{**templates["cases"][0], **own, "place_at": place_at}],
        "order_names": [{"word": word, **own} for word in search_words(name)],
        "decision_inputs": [{**row, "number": number} for row in inputs],
    }


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        names = ", ".join(rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - names of this file


def make_orders(file: Path, count: int, open_count: int) -> ManyOrders:
    """A file with so many orders, made where there are none: the repositories' own rows, but for names, numbers, moments."""
    url = f"sqlite:///{file}"
    upgrade(url)
    connection = sqlite3.connect(file)
    empty = connection.execute("SELECT max(id) FROM orders").fetchone() == (None,)
    connection.close()
    if empty:
        storage = Storage(create_engine(url))
        templates = _rows_of_templates(storage, file)
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        made = _varied(templates, count, open_count)
        while some := list(islice(made, AT_ONCE)):
            for table in some[0]:
                _insert(connection, table, [row for each in some for row in each[table]])
            connection.commit()
        connection.close()
    connection = sqlite3.connect(file)
    in_queue = "SELECT number FROM orders JOIN cases ON order_id = id WHERE place_at IS NOT NULL ORDER BY place_at, order_id"
    numbers = tuple(row[0] for row in connection.execute(in_queue))
    some_names = "SELECT recipient FROM orders WHERE id % max(1, (SELECT max(id) / 500 FROM orders)) = 0"
    names = tuple(row[0] for row in connection.execute(some_names))
    connection.close()
    return ManyOrders(file, Storage(create_engine(url)), numbers, names)


def copy_orders(file: Path, url: str) -> None:
    """The orders of a SQLite file into a new PostgreSQL database, as text, which both understand."""
    upgrade(url)
    source = sqlite3.connect(file)
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as target:
        for table in ("orders", "order_events", "decisions", "cases", "order_names", "decision_inputs"):
            rows = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - names above
            columns = sql.SQL(", ").join(sql.Identifier(column[0]) for column in rows.description)
            words = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            with target.cursor().copy(words) as copy:
                for row in rows:
                    copy.write_row(row)
            if rows.description[0][0] == "id":
                numbering = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
                target.execute(numbering.format(table, sql.Identifier(table)))
        target.execute("ANALYZE")
    source.close()
