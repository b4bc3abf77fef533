"""The review queue, as ``domain.review_repositories.CaseRepository`` asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    ScalarSelect,
    TextClause,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from webvartti.domain.errors import NotFound
from webvartti.domain.events import UNDECIDED, OrderState
from webvartti.domain.holders import REGISTRATION_NUMBERS, Person
from webvartti.domain.orders import Order
from webvartti.domain.queue import CaseWork, QueueCase, QueueCounts, QueueFilter, place, place_at, standing
from webvartti.domain.review import DecisionStatus, ReviewDecision
from webvartti.domain.staff import Colleague
from webvartti.storage.forms import Json
from webvartti.storage.order_tables import orders
from webvartti.storage.review import OPEN, decision_of
from webvartti.storage.review_forms import colleague_of, colleague_values
from webvartti.storage.review_tables import cases, order_names, review_decisions
from webvartti.storage.transaction import Transaction

_NUMBER = re.compile(r"WV[0-9A-Z]{8,10}")
"""An order number without its dashes."""

_MOST_WORDS = 6
_LONGEST_WORD = 64
_SAME_ORDER = 3
"""How many words of one name may begin alike before an order is missed at the end of a long answer."""
_MANY = 1000
"""From here on a word counts as common."""


def search_words(text: str) -> list[str]:
    """As names are compared: small letters without marks, so that "makinen" finds Mäkinen."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return list(dict.fromkeys(word[:_LONGEST_WORD] for word in re.findall(r"[^\W_]+", plain)))


def case_values(order: Order) -> Json:
    """What of a case follows from its order."""
    return {"place_at": place_at(order), "finding_codes": f" {' '.join(finding.code for finding in order.findings)} "}


def name_values(order_id: int, recipient: str) -> list[Json]:
    return [{"word": word, "order_id": order_id} for word in search_words(recipient)]


def _beginning(words: FromClause, beginning: str) -> ColumnElement[bool]:
    """As a range, which the index answers; LIKE wouldn't use it on every database."""
    return and_(words.c.word >= beginning, words.c.word < beginning + "\U0010ffff")


class Cases:
    """As ``CaseRepository`` asks. ``orders_of`` reads whole orders by their rows."""

    def __init__(self, transaction: Transaction, orders_of: Callable[[Sequence[RowMapping]], tuple[Order, ...]]) -> None:
        self._transaction = transaction
        self._orders_of = orders_of

    def page(self, wanted: QueueFilter, *, after: str, limit: int, now: datetime) -> tuple[QueueCase, ...]:
        question = select(orders, *_work_columns()).join(cases, cases.c.order_id == orders.c.id)
        question = question.where(cases.c.place_at.is_not(None), *_filters(wanted))
        if after:
            at, order_id = self._position(after)
            question = question.where(cases.c.place_at >= at)  # lets the index find the place
            question = question.where(or_(cases.c.place_at > at, cases.c.order_id > order_id))
        rows = self._transaction.rows(question.order_by(cases.c.place_at, cases.c.order_id).limit(limit))
        found = self._orders_of(rows)
        decisions = self._open_decisions(order.number for order in found)
        return tuple(
            QueueCase(order, place(order, now), _work_of(row), decisions.get(order.number))
            for order, row in zip(found, rows, strict=True)
        )

    def _position(self, number: str) -> tuple[datetime, int]:
        """Where an order stands in the queue, or would stand had it not left it meanwhile."""
        rows = self._transaction.rows(select(orders).where(orders.c.number == number))
        if not rows:
            raise NotFound(f"there is no order {number}")
        return standing(self._orders_of(rows)[0]), rows[0]["id"]

    def _open_decisions(self, numbers: Iterable[str]) -> dict[str, ReviewDecision]:
        question = select(review_decisions).where(review_decisions.c.number.in_(list(numbers)), OPEN)
        return {row["number"]: decision_of(row) for row in self._transaction.rows(question)}

    def counts(self) -> QueueCounts:
        """SUBMITTED, which most are, is what the small index of the queue has beside the others: it is counted quickest."""
        others = [state for state in UNDECIDED if state is not OrderState.SUBMITTED]
        asked = {state.value: _how_many(orders.c.state == state.value) for state in others}
        awaiting = _how_many(OPEN, review_decisions.c.status == DecisionStatus.AWAITS_SECOND.value)
        every = _how_many(cases.c.place_at.is_not(None))
        columns = [each.label(name) for name, each in {**asked, "every": every, "awaiting": awaiting}.items()]
        counted = dict(self._transaction.rows(select(*columns))[0])
        total, awaits_second = counted.pop("every"), counted.pop("awaiting")
        by_state = {OrderState.SUBMITTED.value: total - sum(counted.values()), **counted}
        return QueueCounts({state: count for state, count in by_state.items() if count}, awaits_second)

    def find(self, text: str, limit: int) -> tuple[Order, ...]:
        compact = re.sub(r"[\s-]", "", text).upper()
        if _NUMBER.fullmatch(compact):
            numbers = {text.strip().upper(), f"{compact[:2]}-{compact[2:6]}-{compact[6:]}"}
            return self._found(orders.c.number.in_(sorted(numbers)), limit)
        if compact.isascii() and compact.isdigit():
            of_person = and_(
                orders.c.person_namespace == REGISTRATION_NUMBERS, orders.c.person_serial_number == compact[:_LONGEST_WORD]
            )
            return self._found(of_person, limit)
        ids = self._named(search_words(text)[:_MOST_WORDS], limit)
        return self._found(orders.c.id.in_(ids), limit) if ids else ()

    def _found(self, wanted: ColumnElement[bool], limit: int) -> tuple[Order, ...]:
        newest_first = orders.c.placed_at.desc(), orders.c.id.desc()
        return self._orders_of(self._transaction.rows(select(orders).where(wanted).order_by(*newest_first).limit(limit)))

    def _named(self, words: list[str], limit: int) -> list[int]:
        """Whole words first, then beginnings; the newest of each. The rarest word leads, the others only look orders over."""
        leading, *others = sorted(words, key=self._how_common) if len(words) > 1 else (words or [""])
        if not leading:
            return []
        also = [_also(other) for other in others]
        found: dict[int, None] = {}
        for led in (order_names.c.word == leading, _beginning(order_names, leading)):
            # an order comes up once for each of its words that begin so
            question = select(order_names.c.order_id).where(led, *also).limit(limit * _SAME_ORDER)
            question = question.order_by(order_names.c.word.desc(), order_names.c.order_id.desc())
            found.update((row["order_id"], None) for row in self._transaction.rows(question))
            if len(found) >= limit:
                break
        return list(found)[:limit]

    def _how_common(self, word: str) -> int:
        some = select(order_names.c.order_id).where(_beginning(order_names, word)).limit(_MANY).subquery()
        row = self._transaction.row(select(func.count().label("count")).select_from(some))
        return 0 if row is None else int(row["count"])

    def work(self, number: str) -> CaseWork:
        row = self._transaction.row(select(*_work_columns()).where(cases.c.order_id == _id_of(number)))
        return CaseWork() if row is None else _work_of(row)

    def lease(self, number: str, who: Colleague, until: datetime, now: datetime) -> bool:
        nobody_else = or_(
            cases.c.lease_until.is_(None),
            cases.c.lease_until <= now,
            and_(cases.c.lease_namespace == who.person.namespace, cases.c.lease_serial_number == who.person.serial_number),
        )
        change = update(cases).where(cases.c.order_id == _id_of(number), cases.c.place_at.is_not(None), nobody_else)
        return self._transaction.change(change.values(**colleague_values("lease", who), lease_until=until)) > 0

    def free(self, number: str, who: Colleague) -> None:
        own = and_(cases.c.lease_namespace == who.person.namespace, cases.c.lease_serial_number == who.person.serial_number)
        change = update(cases).where(cases.c.order_id == _id_of(number), own)
        self._transaction.change(change.values(**colleague_values("lease", None), lease_until=None))

    def assign(self, number: str, colleague: Colleague | None) -> None:
        change = update(cases).where(cases.c.order_id == _id_of(number))
        self._transaction.change(change.values(**colleague_values("assignee", colleague)))

    def give_back(self, person: Person) -> None:
        for prefix in ("assignee", "lease"):
            of_person = and_(
                cases.c.place_at.is_not(None),
                cases.c[f"{prefix}_namespace"] == person.namespace,
                cases.c[f"{prefix}_serial_number"] == person.serial_number,
            )
            ended = {"lease_until": None} if prefix == "lease" else {}
            self._transaction.change(update(cases).where(of_person).values(**colleague_values(prefix, None), **ended))

    def next_free(self, who: Colleague, now: datetime) -> str | None:
        person = who.person
        mine_or_nobodys = or_(
            cases.c.assignee_namespace.is_(None),
            and_(cases.c.assignee_namespace == person.namespace, cases.c.assignee_serial_number == person.serial_number),
        )
        pending = exists().where(review_decisions.c.number == orders.c.number, OPEN)
        question = (
            select(orders.c.number)
            .join(cases, cases.c.order_id == orders.c.id)
            .where(
                cases.c.place_at.is_not(None),
                _in_state(OrderState.SUBMITTED),
                mine_or_nobodys,
                or_(cases.c.lease_until.is_(None), cases.c.lease_until <= now),
                or_(orders.c.person_namespace != person.namespace, orders.c.person_serial_number != person.serial_number),
                ~pending,
            )
        )
        row = self._transaction.row(question.order_by(cases.c.place_at, cases.c.order_id).limit(1))
        return None if row is None else str(row["number"])


def _id_of(number: str) -> Any:
    return select(orders.c.id).where(orders.c.number == number).scalar_subquery()


def _also(word: str) -> ColumnElement[bool]:
    another = order_names.alias()
    return exists().where(another.c.order_id == order_names.c.order_id, _beginning(another, word))


def _in_state(state: str) -> ColumnElement[bool]:
    """Most cases are SUBMITTED: not asked for as the bare column, for the database would take the index of states and then
    sort all that it found. The other states are few, and there that is the quicker way.
    """
    return orders.c.state.concat("") == state if state == OrderState.SUBMITTED else orders.c.state == state


def _how_many(*wanted: ColumnElement[bool] | TextClause) -> ScalarSelect[int]:
    return select(func.count()).where(*wanted).scalar_subquery()


def _work_columns() -> tuple[Any, ...]:
    return tuple(column for column in cases.c if column.name.startswith(("assignee_", "lease_")))


def _work_of(row: RowMapping) -> CaseWork:
    return CaseWork(colleague_of("assignee", row), colleague_of("lease", row), row["lease_until"])


def _filters(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state:
        found.append(_in_state(wanted.state))
    if wanted.finding:
        found.append(cases.c.finding_codes.contains(f" {wanted.finding} ", autoescape=True))
    if wanted.profession:
        found.append(orders.c.profession == wanted.profession)
    if wanted.expires_before is not None:
        found.append(orders.c.certificate_not_after < wanted.expires_before)
    if wanted.placed_before is not None:
        found.append(orders.c.placed_at < wanted.placed_before)
    if wanted.mine is not None:
        person = wanted.mine.person
        found.append(
            and_(cases.c.assignee_namespace == person.namespace, cases.c.assignee_serial_number == person.serial_number)
        )
    if wanted.unassigned:
        found.append(cases.c.assignee_namespace.is_(None))
    if wanted.awaits_second:
        waiting = review_decisions.c.status == DecisionStatus.AWAITS_SECOND.value
        found.append(orders.c.number.in_(select(review_decisions.c.number).where(OPEN, waiting)))
    return found


def forget_names(transaction: Transaction, order_id: int) -> None:
    """Before the words of another name are stored."""
    transaction.change(delete(order_names).where(order_names.c.order_id == order_id))
