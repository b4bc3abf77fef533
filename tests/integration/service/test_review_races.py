"""A29: two people, two nodes, two clicks, and holders who act meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from tests.conftest import Installation
from tests.integration.service.reviewing import APPROVE, REJECT, Office, open_office
from tests.unit.domain.placed import ANNA, BENGT, CARITA
from webvartti.domain.decisions import RejectionReason
from webvartti.domain.orders import OrderAlreadyOpen, StaleOrder
from webvartti.domain.review import (
    EFFECT_DELAY,
    DecisionPending,
    DecisionStatus,
    Intent,
    NoDecisionPending,
)
from webvartti.domain.staff import Colleague

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def office(installation: Installation) -> Office:
    return open_office(installation)


def test_a29_nobody_agrees_to_another_decision_than_they_saw(office: Office) -> None:
    order, review = office.place(), office.services.review
    office.decide(order, REJECT, ANNA)
    seen = office.order(order.number).version
    review.undo(order.number, ANNA, office.now)
    office.decide(office.order(order.number), replace(REJECT, reason=RejectionReason.CARD_NOT_NEEDED), ANNA)
    for step in (review.agree, review.decline):
        with pytest.raises(StaleOrder):
            step(order.number, BENGT, office.now, seen_version=seen)
    now = office.order(order.number).version
    for _ in range(2):
        agreed = review.agree(order.number, BENGT, office.now, seen_version=now)
        assert agreed.reason is RejectionReason.CARD_NOT_NEEDED


def test_a29_two_at_once_make_one_decision(office: Office) -> None:
    order = office.place()
    barrier = Barrier(8)
    people = [replace(ANNA, person=replace(ANNA.person, serial_number=str(count))) for count in range(8)]

    def one(who: Colleague) -> str:
        barrier.wait()
        try:
            return office.decide(order, APPROVE, who).status
        except (StaleOrder, DecisionPending) as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, people)) == ["stale-order"] * 7 + ["taken"]
    assert len(office.decisions(order.number)) == 1
    assert office.actions(order.number).count("decision.taken") == 1


def test_a29_the_same_form_twice_is_one_decision(office: Office) -> None:
    order, review = office.place(), office.services.review
    assert office.decide(order, REJECT, ANNA) == office.decide(order, REJECT, ANNA)
    with pytest.raises(StaleOrder):
        office.decide(order, APPROVE, ANNA)
    with pytest.raises(DecisionPending):
        office.decide(office.order(order.number), APPROVE, ANNA)
    assert review.agree(order.number, BENGT, office.now) == review.agree(order.number, BENGT, office.now + SECOND)
    with pytest.raises(NoDecisionPending):
        review.agree(order.number, CARITA, office.now)
    assert review.undo(order.number, BENGT, office.now) == review.undo(order.number, BENGT, office.now)
    actions = office.actions(order.number)
    assert actions == ["order.placed", "decision.taken", "decision.seconded", "decision.undone"]
    office.decide(office.order(order.number), REJECT, ANNA)
    assert review.decline(order.number, BENGT, office.now) == review.decline(order.number, BENGT, office.now)
    with pytest.raises(NoDecisionPending):
        review.undo(order.number, ANNA, office.now)


@pytest.mark.parametrize("step", ["decide", "agree", "ask", "withdraw"])
def test_a29_the_same_form_from_many_clicks_at_once_is_carried_out_once(office: Office, step: str) -> None:
    """Nobody is told that somebody else was faster: it was they themselves."""
    order, review, holder = office.place(), office.services.review, office.services.orders
    if step == "agree":
        office.decide(order, REJECT, ANNA)
    version = office.order(order.number).version
    steps: dict[str, Callable[[], object]] = {
        "decide": lambda: office.decide(order, REJECT, ANNA),
        "agree": lambda: review.agree(order.number, BENGT, office.now, seen_version=version),
        "ask": lambda: review.ask(order.number, "Missä asut?", version, ANNA, office.now),
        "withdraw": lambda: holder.withdraw(order.number, order.person, version, office.now).state,
    }
    before, barrier = len(office.actions(order.number)), Barrier(8)

    def click(_: int) -> object:
        barrier.wait()
        return steps[step]()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(click, range(8)))
    assert told == told[:1] * 8
    assert len(office.actions(order.number)) == before + 1
    assert office.order(order.number).version == version + 1


def test_a29_two_nodes_let_a_decision_take_effect_once(installation: Installation, office: Office) -> None:
    order = office.place()
    office.decide(order, APPROVE, ANNA)
    nodes = [installation.build() for _ in range(6)]
    barrier = Barrier(6)

    def round_of(count: int) -> int:
        barrier.wait()
        return nodes[count].review.settle(office.now + EFFECT_DELAY)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(round_of, range(6))) == 1
    assert office.mail().count("order-approved") == 1
    assert office.actions(order.number).count("order.decided") == 1
    assert office.order(order.number).version == 3


@pytest.mark.parametrize("intent", [APPROVE, REJECT])
def test_a29_a_holder_who_withdraws_meanwhile_has_withdrawn(office: Office, intent: Intent) -> None:
    order, review = office.place(), office.services.review
    office.decide(order, intent, ANNA)
    with pytest.raises(StaleOrder):
        office.services.orders.withdraw(order.number, order.person, order.version, office.now)
    office.services.orders.withdraw(order.number, order.person, order.version + 1, office.now)
    for step in (review.agree, review.decline, review.undo):
        with pytest.raises(NoDecisionPending):
            step(order.number, BENGT if step != review.undo else ANNA, office.now)
    assert office.settle(SECOND) == 0
    assert office.order(order.number).state == "withdrawn"
    assert office.decisions(order.number)[0].status is DecisionStatus.OVERTAKEN
    overtaken = office.audit(order.number)[-1]
    assert (overtaken.action, overtaken.actor.kind, overtaken.detail["reason"]) == (
        "decision.overtaken",
        "system",
        "order-changed",
    )
    assert "order-approved" not in office.mail()
    assert office.settle(DAY) == 0


def test_a29_everybody_gets_another_next_case(office: Office) -> None:
    orders = {office.place(slug).number for slug in ("aino", "bjorn")}
    people = [replace(ANNA, person=replace(ANNA.person, serial_number=str(count))) for count in range(6)]
    barrier = Barrier(6)

    def next_of(who: Colleague) -> str | None:
        barrier.wait()
        return office.services.review.open_next(who, office.now)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(next_of, people))
    assert found.count(None) == 4
    assert {number for number in found if number} == orders


def test_a29_a_rejected_order_is_not_reopened_while_another_is_on_its_way(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="none")
    order, orders = office.place(), office.services.orders
    office.decide(order, REJECT, ANNA)
    office.settle()
    rejected = office.order(order.number)
    another = office.place(form="another form")
    with pytest.raises(OrderAlreadyOpen) as refused:
        orders.ask_for_new_look(order.number, order.person, "Please.", rejected.version, office.now)
    assert refused.value.number == another.number
    assert office.order(order.number) == rejected
    assert orders.letters(order) == ()
