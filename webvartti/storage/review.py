"""The decisions of people and what was written about orders, as ``domain.review_repositories`` asks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, exists, insert, or_, select, text, update

from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.review import (
    OPEN_DECISIONS,
    DecisionPending,
    DecisionStatus,
    Letter,
    LetterKind,
    Matter,
    NoDecisionPending,
    ReviewDecision,
)
from webvartti.storage.columns import words
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.forms import Json
from webvartti.storage.order_tables import orders
from webvartti.storage.review_forms import colleague_of, colleague_values
from webvartti.storage.review_tables import letters, one_open_decision, review_decisions
from webvartti.storage.transaction import Transaction

OPEN = text(f"review_decisions.status IN ({words(OPEN_DECISIONS)})")
"""In the very words of the index, which SQLite uses for nothing else."""


class ReviewDecisions:
    """As ``ReviewDecisionRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, decision: ReviewDecision) -> None:
        try:
            self._transaction.attempt(insert(review_decisions), _decision_values(decision))
        except ConstraintViolated as refused:
            if refused.concerns(one_open_decision):
                raise DecisionPending(decision.number) from None
            raise

    def save(self, decision: ReviewDecision, *, seen: ReviewDecision) -> None:
        as_seen = (
            review_decisions.c.id == seen.id,
            review_decisions.c.status == seen.status.value,
            review_decisions.c.order_version == seen.order_version,
        )
        if not self._transaction.change(update(review_decisions).where(*as_seen).values(_decision_values(decision))):
            raise NoDecisionPending(decision.number)

    def open_for(self, number: str) -> ReviewDecision | None:
        row = self._transaction.row(select(review_decisions).where(review_decisions.c.number == number, OPEN))
        return None if row is None else decision_of(row)

    def of_order(self, number: str) -> tuple[ReviewDecision, ...]:
        question = select(review_decisions).where(review_decisions.c.number == number).order_by(review_decisions.c.id)
        return tuple(decision_of(row) for row in self._transaction.rows(question))

    def due(self, now: datetime, limit: int) -> tuple[ReviewDecision, ...]:
        moved_on = (orders.c.number == review_decisions.c.number) & (orders.c.version != review_decisions.c.order_version)
        due = review_decisions.c.takes_effect_at <= now
        question = select(review_decisions).where(OPEN, or_(due, exists().where(moved_on)))
        earliest = review_decisions.c.takes_effect_at.asc().nulls_first(), review_decisions.c.id
        return tuple(decision_of(row) for row in self._transaction.rows(question.order_by(*earliest).limit(limit)))


def _decision_values(decision: ReviewDecision) -> Json:
    return {
        "number": decision.number,
        "outcome": decision.outcome.value,
        "status": decision.status.value,
        "order_version": decision.order_version,
        "reason": decision.reason.value if decision.reason else "",
        "words": decision.words,
        "matters": " ".join(decision.matters),
        **colleague_values("by", decision.by),
        "at": decision.at,
        **colleague_values("second", decision.second),
        "second_at": decision.second_at,
        "takes_effect_at": decision.takes_effect_at,
        "ended_at": decision.ended_at,
    }


def decision_of(row: RowMapping) -> ReviewDecision:
    by = colleague_of("by", row)
    assert by is not None  # noqa: S101 - tells the type checker that the columns can't be null
    return ReviewDecision(
        number=row["number"],
        outcome=Outcome(row["outcome"]),
        by=by,
        at=row["at"],
        status=DecisionStatus(row["status"]),
        order_version=row["order_version"],
        reason=RejectionReason(row["reason"]) if row["reason"] else None,
        words=row["words"],
        matters=tuple(Matter(matter) for matter in row["matters"].split()),
        second=colleague_of("second", row),
        second_at=row["second_at"],
        takes_effect_at=row["takes_effect_at"],
        ended_at=row["ended_at"],
        id=row["id"],
    )


class Letters:
    """As ``LetterRepository`` asks."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, letter: Letter) -> None:
        values = {"number": letter.number, "kind": letter.kind.value, "at": letter.at, "text": letter.text}
        self._transaction.insert(letters, {**values, **colleague_values("author", letter.author)})

    def of_order(self, number: str) -> tuple[Letter, ...]:
        question = select(letters).where(letters.c.number == number).order_by(letters.c.id)
        return tuple(
            Letter(row["number"], LetterKind(row["kind"]), row["at"], row["text"], colleague_of("author", row))
            for row in self._transaction.rows(question)
        )
