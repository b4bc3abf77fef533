"""All that is in a database, as the checker compares it: read with SQL of its own, past the program."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.databases import ask

Row = dict[str, Any]

_QUESTIONS = {
    "orders": "id, number, version, state, issuer_key, card_serial, person_serial_number",
    "order_events": "order_id, seq, kind, actor_kind, actor_name, state",
    "decisions": "order_id, is_current, outcome",
    "cases": "order_id",
    "decision_inputs": "number",
    "audit": "id, action, order_number",
    "audit_unsealed": "audit_id",
    "idempotency_keys": "key, number, person_serial_number",
    "outbox": "id, kind, fill_in, sent_at",
    "review_decisions": "number, outcome, status, by_serial_number",
}


@dataclass(frozen=True)
class Contents:
    """The rows of each table that matters; ``mail`` are the names of the files that the mail worker has written."""

    tables: dict[str, list[Row]]
    mail: tuple[str, ...] = ()

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def by(self, table: str, key: Callable[[Row], Any]) -> defaultdict[Any, list[Row]]:
        """The rows of a table in groups."""
        found: defaultdict[Any, list[Row]] = defaultdict(list)
        for row in self[table]:
            found[key(row)].append(row)
        return found

    def write(self, file: Path) -> None:
        """For whoever looks at what went wrong."""
        file.write_text(json.dumps({"mail": self.mail, **self.tables}, default=str, indent=1))


def read_contents(url: str, mail: Path | None = None) -> Contents:
    """Everything of the database at ``url``, in the order in which it was written."""
    tables = {}
    for table, columns in _QUESTIONS.items():
        first, second = (columns.split(", ") * 2)[:2]
        order = f"{first}, {second}" if table == "order_events" else first
        names = columns.split(", ")
        rows = ask(url, f"SELECT {columns} FROM {table} ORDER BY {order}")  # noqa: S608 - names of our own
        tables[table] = [dict(zip(names, row, strict=True)) for row in rows]
    for message in tables["outbox"]:
        values = message.pop("fill_in")
        message["number"] = (json.loads(values) if isinstance(values, str) else values).get("number", "")
    files = sorted(file.name for file in mail.iterdir()) if mail is not None and mail.is_dir() else []
    return Contents(tables, tuple(files))
