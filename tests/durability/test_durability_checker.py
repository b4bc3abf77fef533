"""The checker itself: each kind of damage, planted in a copy of a sound database, is named by it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import install
from tests.databases import execute
from tests.durability.checker import damages
from tests.durability.contents import Contents, read_contents
from tests.durability.record import Act, Form, Record, Told
from tests.integration.service.reviewing import APPROVE, Office, open_office
from webvartti.demo.country import Country
from webvartti.domain.orders import Order
from webvartti.domain.staff import Colleague

PEOPLE = ("aino", "jorma", "bjorn", "anna-kaarina", "sari")


@dataclass
class Sound:
    """A database in which all is well, and what was told of it."""

    file: Path
    mail: Path
    record: Record
    persons: dict[str, str]

    def found(self, sent_twice: int = 1, change: Callable[[Contents], None] = lambda contents: None) -> list[str]:
        contents = read_contents(f"sqlite:///{self.file}", self.mail)
        change(contents)
        return damages(contents, self.record, self.persons, sent_twice)


def tell(record: Record, act: Act, order: Order | None, who: str, told: Told, version: int = 0) -> None:
    number = order.number if order else ""
    key = f"form of {who}" if act is Act.PLACE else f"{number} {act} {who} {version}"
    record.add(Form(act, key, who, "", {}, number), told, "", "")


def build(office: Office) -> Record:
    """One order withdrawn, one decided on by a person at the second attempt, one that waits, one that rules approved."""
    record, services = Record(), office.services
    withdrawn, decided, waiting = office.place("aino", None), office.place("jorma"), office.place("bjorn")
    approved = office.place("anna-kaarina", None)
    for who, order in (("aino", withdrawn), ("jorma", decided), ("bjorn", waiting), ("anna-kaarina", approved)):
        tell(record, Act.PLACE, order, who, Told.ACCEPTED)
    services.orders.withdraw(withdrawn.number, withdrawn.person, withdrawn.version, office.now)
    tell(record, Act.WITHDRAW, withdrawn, "aino", Told.ACCEPTED)
    sari = Colleague(office.holder("sari").person, "Sari")
    office.decide(decided, APPROVE, sari)
    services.review.undo(decided.number, sari, office.now)
    office.decide(office.order(decided.number), APPROVE, sari)
    for act, version in ((Act.APPROVE, 1), (Act.UNDO, 0), (Act.APPROVE, 3)):
        tell(record, act, decided, "sari", Told.ACCEPTED, version)
    services.worker.run(office.now + timedelta(minutes=2))
    services.worker.run(office.now + timedelta(minutes=3))
    return record


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, furnished: Country) -> Sound:
    directory = tmp_path_factory.mktemp("sound")
    shutil.copy(furnished.directory / "webvartti.db", directory / "webvartti.db")
    installation = install(furnished, directory, f"sqlite:///{directory / 'webvartti.db'}")
    office = open_office(installation)
    record = build(office)
    persons = {slug: office.holder(slug).person.serial_number for slug in PEOPLE}
    return Sound(installation.directory / "webvartti.db", installation.directory / "mail", record, persons)


@pytest.fixture
def sound(built: Sound, tmp_path: Path) -> Sound:
    """A copy to be damaged."""
    for file in built.file.parent.glob(f"{built.file.name}*"):
        shutil.copy(file, tmp_path / file.name)
    shutil.copytree(built.mail, tmp_path / "mail")
    return replace(built, file=tmp_path / built.file.name, mail=tmp_path / "mail", record=Record(list(built.record.lines)))


def test_where_all_is_well_nothing_is_named(sound: Sound) -> None:
    assert sound.found() == []
    assert len(sound.record.lines) == 8


PLACES = {
    "WAITING": "(SELECT id FROM orders WHERE state = 'submitted')",
    "NUMBER": "(SELECT number FROM orders WHERE state = 'submitted')",
    "DECIDED": "(SELECT number FROM review_decisions WHERE status = 'undone')",
    "FREED": "CREATE TABLE freed AS SELECT * FROM orders; DROP TABLE orders; ALTER TABLE freed RENAME TO orders",
}
"""What the words in capitals below stand for. FREED: the table without the rules that would refuse a damage."""

PLANTED = {
    "an acknowledged order is gone": (
        "DELETE FROM orders WHERE id = WAITING", "bjorn was told .*, and the form has made|order_events tells of an order"),
    "it is gone with all that belonged to it": (
        "DELETE FROM idempotency_keys WHERE number = NUMBER; DELETE FROM audit WHERE order_number = NUMBER;"
        "DELETE FROM outbox WHERE fill_in LIKE '%' || NUMBER || '%';"
        "DELETE FROM decision_inputs WHERE number = NUMBER; DELETE FROM cases WHERE order_id = WAITING;"
        "DELETE FROM order_events WHERE order_id = WAITING; DELETE FROM orders WHERE id = WAITING",
        "bjorn was told .*, and the form has made None"),
    "an order is there twice": (
        " FREED; INSERT INTO orders SELECT * FROM orders WHERE id = WAITING", "is there 2 times"),
    "a card has two open orders": (
        " FREED; CREATE TABLE other AS SELECT * FROM orders WHERE id = WAITING;"
        "UPDATE other SET id = 999, number = 'WV-2222-2222'; INSERT INTO orders SELECT * FROM other", "has 2 open orders"),
    "a form made a second order": (
        " FREED; CREATE TABLE other AS SELECT * FROM orders WHERE id = WAITING;"
        "UPDATE other SET id = 999, number = 'WV-2222-2222'; INSERT INTO orders SELECT * FROM other", "made by 0 forms"),
    "an order without its audit": (
        "DELETE FROM audit WHERE action = 'order.placed' AND order_number = NUMBER",
        r"the audit lacks \{'order.placed': 1\}"),
    "a decision without its audit": (
        "DELETE FROM audit WHERE action = 'order.decided' AND actor_kind = 'staff'", r"the audit lacks \{'order.decided': 1\}"),
    "an audit without an order": (
        "INSERT INTO audit (at, actor_kind, actor_name, action, subject, order_number, detail) "
        "VALUES ('2027-01-01 00:00:00', 'system', 'x', 'order.placed', '', 'WV-2222-2222', '{}')",
        "audit tells of an order that isn't there: WV-2222-2222"),
    "an audit without a decision": (
        "INSERT INTO audit (at, actor_kind, actor_name, action, subject, order_number, detail) "
        "VALUES ('2027-01-01 00:00:00', 'system', 'x', 'order.decided', '', NUMBER, '{}')",
        r"has \{'order.decided': 1\} too many"),
    "an entry that isn't sealed": ("INSERT INTO audit_unsealed VALUES (1)", "1 entries of the audit are not sealed"),
    "events are cut": (
        "DELETE FROM order_events WHERE seq = 5 AND order_id = (SELECT id FROM orders WHERE number = DECIDED)",
        "is at version 5 and has 4 events"),
    "the history is another": ("UPDATE orders SET state = 'held' WHERE id = WAITING", "its events say otherwise"),
    "the inputs of the decision are gone": ("DELETE FROM decision_inputs", "has 0 rows in decision_inputs"),
    "the case is gone": ("DELETE FROM cases WHERE order_id = WAITING", "has 0 rows in cases"),
    "the form is forgotten": (
        "DELETE FROM idempotency_keys WHERE number = NUMBER", "bjorn was told .*, and the form has made None"),
    "the order is somebody else's": (
        "UPDATE orders SET person_serial_number = '1' WHERE id = WAITING", "somebody else's than bjorn's"),
    "the decision is gone": ("DELETE FROM decisions WHERE outcome = 'approved'", r"is approved by the decisions \[\]"),
    "a person's decision is gone": (
        "DELETE FROM review_decisions WHERE status = 'effective'", "approved was told 2 times, is stored 1 times"),
    "an undoing is gone": (
        "UPDATE review_decisions SET status = 'overtaken' WHERE status = 'undone'", "'undone': 1, .*stored are .*'undone': 0"),
    "a withdrawal is taken back": (
        "UPDATE orders SET state = 'approved' WHERE state = 'withdrawn'", "aino was told that .* is withdrawn, and it is appr"),
    "a message is gone": (
        "DELETE FROM outbox WHERE kind = 'order-withdrawn'", r"messages lacks \{'order-withdrawn': 1\}"),
    "a message is doubled": (
        "INSERT INTO outbox (kind, to_address, language, fill_in, attempts, created_at, sent_at) "
        "SELECT kind, to_address, language, fill_in, attempts, created_at, sent_at FROM outbox WHERE kind = 'order-withdrawn'",
        r"has \{'order-withdrawn': 1\} too many"),
    "a message waits for ever": (
        "UPDATE outbox SET sent_at = NULL WHERE kind = 'order-withdrawn'", "order-withdrawn of .* was never sent"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_damage_in_the_database_is_named(sound: Sound, name: str) -> None:
    statements, expected = PLANTED[name]
    for word, meaning in PLACES.items():
        statements = statements.replace(f" {word}", f" {meaning}")
    execute(f"sqlite:///{sound.file}", *statements.split(";"))
    assert_named(sound.found(), expected)


def assert_named(found: list[str], expected: str) -> None:
    assert [line for line in found if re.search(expected, line)], f"{expected} isn't in\n" + "\n".join(found)


def lines_of(sound: Sound, act: Act, who: str, **changes: object) -> None:
    """What was told is changed, or with told=None never was."""
    kept = []
    for line in sound.record.lines:
        if (line.act, line.who) == (act, who):
            if changes.get("told", True) is None:
                continue
            line = replace(line, **changes)  # type: ignore[arg-type]  # fields of a Line by name
        kept.append(line)
    sound.record.lines[:] = kept


@pytest.mark.parametrize(
    ("act", "who", "changes", "expected"),
    [
        (Act.PLACE, "bjorn", {"told": Told.REFUSED, "answer": "409"}, "bjorn was told refused .409., and order .* is there"),
        (Act.PLACE, "bjorn", {"told": Told.NOT_STORED}, "bjorn was told not stored"),
        (Act.PLACE, "bjorn", {"number": "WV-2222-2222"}, "bjorn was told .'WV-2222-2222'., and the form has made WV-"),
        (Act.PLACE, "bjorn", {"told": None}, "made by a form that nobody has sent"),
        (Act.WITHDRAW, "aino", {"told": None}, "is withdrawn, and nobody was told so"),
        (Act.WITHDRAW, "aino", {"told": Told.REFUSED}, "is withdrawn, and nobody was told so"),
        (Act.APPROVE, "sari", {"told": Told.REFUSED}, "approved was told 0 times, is stored 2 times"),
        (Act.UNDO, "sari", {"told": None}, "decision-undone was told 0 times, is stored 1 times"),
    ],
)
def test_what_was_told_otherwise_is_named(sound: Sound, act: Act, who: str, changes: dict[str, object], expected: str) -> None:
    lines_of(sound, act, who, **changes)
    assert_named(sound.found(), expected)


def test_of_what_nobody_was_told_anything_both_is_right(sound: Sound) -> None:
    for act, who in ((Act.PLACE, "bjorn"), (Act.WITHDRAW, "aino"), (Act.APPROVE, "sari"), (Act.UNDO, "sari")):
        lines_of(sound, act, who, told=Told.UNKNOWN)
    tell(sound.record, Act.APPROVE, None, "sari", Told.UNKNOWN)
    assert sound.found() == []


def test_two_numbers_for_one_form_are_named(sound: Sound) -> None:
    form = Form(Act.PLACE, "form of bjorn", "bjorn", "", {}, "WV-2222-2222")
    sound.record.add(form, Told.ACCEPTED, "", "")
    assert_named(sound.found(), r"bjorn was told \['WV-2222-2222', 'WV-.*'\]")


def test_mail_that_was_never_or_too_often_sent_is_named(sound: Sound) -> None:
    first, second, *_ = sorted(sound.mail.iterdir())
    for copy in (2, 3):
        shutil.copy(second, second.with_name(f"{second.stem}-{copy}.eml"))
    assert sound.found(sent_twice=2) == []
    assert_named(sound.found(sent_twice=1), "2 messages were sent once more")
    first.unlink()
    assert_named(sound.found(), f"message {int(first.name[:6])} .* was never sent")
    (sound.mail / "000999-order-approved.eml").write_text("")
    assert_named(sound.found(), "message 999 was sent, and isn't stored")


def test_a_surprise_is_named(sound: Sound) -> None:
    sound.record.surprise("aino", "SignedOut /en/card")
    assert sound.found() == ["aino: SignedOut /en/card"]
