"""Compares what people were told with what is in the database, and the database with itself. Each damage is one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from tests.durability.contents import Contents, Row
from tests.durability.record import Act, Line, Record, Told, verdict

OPEN = {"submitted", "held", "more-information-needed", "approved", "in-production", "dispatched"}
AUDITED = {
    "placed": "order.placed",
    "withdrawn": "order.withdrawn",
    "approved": "order.decided",
    "rejected": "order.decided",
    "decision-taken": "decision.taken",
    "decision-seconded": "decision.seconded",
    "decision-declined": "decision.declined",
    "decision-undone": "decision.undone",
}
"""The line of the audit that belongs to each event of an order, and without which there must be none."""

WRITTEN = {
    "placed": "order-received",
    "approved": "order-approved",
    "rejected": "order-rejected",
    "withdrawn": "order-withdrawn",
}
"""The message that belongs to it."""

DECISIONS = {Act.APPROVE: "approved", Act.REJECT: "rejected"}
STEPS = {Act.UNDO: "decision-undone", Act.AGREE: "decision-seconded"}


def damages(contents: Contents, record: Record, persons: Mapping[str, str], sent_twice: int) -> list[str]:
    """What is wrong; nothing where all is as it was told.

    ``persons`` are the serial numbers of those in the record; ``sent_twice`` is how many messages may have been sent once more
    than needed: as many as there were deaths in the middle of sending.
    """
    return list(
        chain(
            record.surprises,
            _numbers(contents),
            _wholeness(contents),
            _unowned(contents),
            _placed(contents, record, persons),
            _withdrawn(contents, record),
            _decided(contents, record, persons),
            _mailed(contents, sent_twice),
        )
    )


def _numbers(contents: Contents) -> Iterator[str]:
    for number, rows in contents.by("orders", lambda row: row["number"]).items():
        if len(rows) > 1:
            yield f"order {number} is there {len(rows)} times"
    is_open = [row for row in contents["orders"] if row["state"] in OPEN]
    for card, count in Counter((row["issuer_key"], row["card_serial"]) for row in is_open).items():
        if count > 1:
            yield f"a card ({card[1][-8:]}) has {count} open orders"


def _wholeness(contents: Contents) -> Iterator[str]:
    """Of each order: there with all that belongs to it."""
    by_id = {table: contents.by(table, lambda row: row["order_id"]) for table in ("order_events", "cases", "decisions")}
    by_number = {
        table: contents.by(table, lambda row: row["number"])
        for table in ("decision_inputs", "idempotency_keys", "outbox", "review_decisions")
    }
    audited = contents.by("audit", lambda row: row["order_number"])
    for order in contents["orders"]:
        number, events = order["number"], by_id["order_events"][order["id"]]
        for table, kept in (("cases", by_id["cases"][order["id"]]), ("decision_inputs", by_number["decision_inputs"][number])):
            if len(kept) != 1:
                yield f"order {number} has {len(kept)} rows in {table}"
        if len(by_number["idempotency_keys"][number]) != 1:
            yield f"order {number} was made by {len(by_number['idempotency_keys'][number])} forms"
        yield from _history(order, events)
        yield from _decision(order, by_id["decisions"][order["id"]], by_number["review_decisions"][number], events)
        yield from _compared(number, "the audit", _expected(events, AUDITED), _counted(audited[number], "action", AUDITED))
        yield from _compared(number, "messages", _messages(events), _counted(by_number["outbox"][number], "kind", WRITTEN))


def _history(order: Row, events: list[Row]) -> Iterator[str]:
    if [event["seq"] for event in events] != list(range(1, order["version"] + 1)):
        yield f"order {order['number']} is at version {order['version']} and has {len(events)} events"
    elif events[0]["kind"] != "placed" or events[-1]["state"] != order["state"]:
        yield f"order {order['number']} is {order['state']}, and its events say otherwise"


def _decision(order: Row, decisions: list[Row], taken: list[Row], events: list[Row]) -> Iterator[str]:
    current = [row["outcome"] for row in decisions if row["is_current"]]
    if order["state"] in ("approved", "rejected") and current != [order["state"]]:
        yield f"order {order['number']} is {order['state']} by the decisions {current}"
    kinds = Counter(event["kind"] for event in events)
    in_effect = sum(event["kind"] in ("approved", "rejected") and event["actor_kind"] == "staff" for event in events)
    told = {"taken": kinds["decision-taken"], "undone": kinds["decision-undone"], "effective": in_effect}
    stored = Counter(row["status"] for row in taken)
    found = {"taken": len(taken), "undone": stored["undone"], "effective": stored["effective"]}
    if told != found:
        yield f"order {order['number']}: its events tell of decisions {told}, stored are {found}"


def _expected(events: list[Row], words: Mapping[str, str]) -> Counter[str]:
    return Counter(words[event["kind"]] for event in events if event["kind"] in words)


def _messages(events: list[Row]) -> Counter[str]:
    """An order that rules approve at once has one message for both."""
    at_once = len(events) > 1 and events[1]["kind"] == "approved" and events[1]["actor_kind"] == "system"
    return _expected(events[1:] if at_once else events, WRITTEN)


def _counted(rows: list[Row], column: str, words: Mapping[str, str]) -> Counter[str]:
    known = set(words.values())
    return Counter(row[column] for row in rows if row[column] in known)


def _compared(number: str, what: str, told: Counter[str], found: Counter[str]) -> Iterator[str]:
    if told != found:
        missing, more = dict(told - found), dict(found - told)
        yield f"order {number}: {what} lacks {missing or 'nothing'} and has {more or 'nothing'} too many"


def _unowned(contents: Contents) -> Iterator[str]:
    """What belongs to an order that isn't there."""
    numbers = {order["number"] for order in contents["orders"]}
    ids = {order["id"] for order in contents["orders"]}
    for table, rows in contents.tables.items():
        for row in rows:
            number = row.get("order_number", row.get("number", ""))
            if (number and number not in numbers) or ("order_id" in row and row["order_id"] not in ids):
                yield f"{table} tells of an order that isn't there: {number or row['order_id']}"
    if contents["audit_unsealed"]:
        yield f"{len(contents['audit_unsealed'])} entries of the audit are not sealed"


def _placed(contents: Contents, record: Record, persons: Mapping[str, str]) -> Iterator[str]:
    keys = {row["key"]: row for row in contents["idempotency_keys"]}
    orders = {row["number"]: row for row in contents["orders"]}
    forms = record.of(Act.PLACE)
    for key, lines in forms.items():
        made, told = keys.get(key), verdict(lines)
        numbers = {line.number for line in lines if line.told is Told.ACCEPTED}
        if told is Told.ACCEPTED:
            if made is None or numbers != {made["number"]} or made["number"] not in orders:
                yield f"{lines[0].who} was told {sorted(numbers)}, and the form has made {made and made['number']}"
            elif {made["person_serial_number"], orders[made["number"]]["person_serial_number"]} != {persons[lines[0].who]}:
                yield f"order {made['number']} is somebody else's than {lines[0].who}'s"
        elif told is not Told.UNKNOWN and made is not None:
            yield f"{lines[0].who} was told {told} ({lines[-1].answer}), and order {made['number']} is there"
    for key, row in keys.items():
        if key not in forms:
            yield f"order {row['number']} was made by a form that nobody has sent"


def _withdrawn(contents: Contents, record: Record) -> Iterator[str]:
    told: dict[str, list[Line]] = {}
    for lines in record.of(Act.WITHDRAW).values():
        told.setdefault(lines[0].number, []).extend(lines)
    states = {row["number"]: row["state"] for row in contents["orders"]}
    for number, lines in told.items():
        if verdict(lines) is Told.ACCEPTED and states.get(number) != "withdrawn":
            yield f"{lines[0].who} was told that {number} is withdrawn, and it is {states.get(number, 'not there')}"
    for number, state in states.items():
        if state == "withdrawn" and verdict(told.get(number, [])) not in (Told.ACCEPTED, Told.UNKNOWN):
            yield f"order {number} is withdrawn, and nobody was told so"


def _decided(contents: Contents, record: Record, persons: Mapping[str, str]) -> Iterator[str]:
    """As many decisions and steps as were told, and no more than those of which nobody was told anything besides."""
    numbers = {row["id"]: row["number"] for row in contents["orders"]}
    stored: Counter[tuple[str, str, str]] = Counter(
        (row["number"], row["outcome"], row["by_serial_number"]) for row in contents["review_decisions"]
    )
    stored.update(
        (numbers.get(row["order_id"], ""), row["kind"], row["actor_name"].rpartition(":")[2])
        for row in contents["order_events"]
        if row["kind"] in STEPS.values()
    )
    told: Counter[tuple[str, str, str]] = Counter()
    unknown: Counter[tuple[str, str, str]] = Counter()
    for lines in record.of(*DECISIONS, *STEPS).values():
        what = lines[0].number, {**DECISIONS, **STEPS}[lines[0].act], persons[lines[0].who]
        told[what] += verdict(lines) is Told.ACCEPTED
        unknown[what] += verdict(lines) is Told.UNKNOWN
    for what in sorted({*stored, *told}):
        if not told[what] <= stored[what] <= told[what] + unknown[what]:
            yield f"order {what[0]}: {what[1]} was told {told[what]} times, is stored {stored[what]} times"


def _mailed(contents: Contents, sent_twice: int) -> Iterator[str]:
    """Every message at least once; at most once more for each death that may have come between sending and noting it."""
    files = Counter(int(found[1]) for name in contents.mail if (found := re.match(r"(\d+)-", name)))
    known = {row["id"] for row in contents["outbox"]}
    for row in contents["outbox"]:
        if row["sent_at"] is None or not files[row["id"]]:
            yield f"message {row['id']} ({row['kind']} of {row['number']}) was never sent"
    for message in sorted(set(files) - known):
        yield f"message {message} was sent, and isn't stored"
    again = sum(count - 1 for count in files.values())
    if again > sent_twice:
        yield f"{again} messages were sent once more, and nothing died more than {sent_twice} times"
