"""Review from the first look to the effect, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import Installation
from tests.integration.service.reviewing import APPROVE, REJECT, Office, open_office
from tests.unit.domain.placed import ANNA, BENGT, CARITA
from webvartti.domain.errors import NotFound
from webvartti.domain.events import Actor, ActorKind, ChangeNotAllowed, EventKind
from webvartti.domain.orders import StaleOrder
from webvartti.domain.permissions import Role
from webvartti.domain.queue import LEASE, CaseOpenElsewhere, QueueFilter
from webvartti.domain.review import (
    EFFECT_DELAY,
    NEW_LOOK,
    DecisionStatus,
    NotAReviewer,
    NotYoursToUndo,
    OwnOrder,
)
from webvartti.domain.staff import Colleague, RoleChange, SameEyes

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def office(installation: Installation) -> Office:
    return open_office(installation)


def test_an_approval_takes_effect_after_a_minute_and_not_before(office: Office) -> None:
    order = office.place()
    decision = office.decide(order, APPROVE, ANNA)
    assert decision.id
    before = office.mail()
    assert office.settle(EFFECT_DELAY - SECOND) == 0
    assert (office.order(order.number).state, office.mail()) == ("submitted", before)
    assert office.settle() == 1
    done = office.order(order.number)
    assert done.state == "approved"
    assert done.decision is not None
    assert (done.decision.actor, done.decision.findings) == (ANNA.actor, order.findings)
    assert [event.kind for event in done.events] == [EventKind.PLACED, EventKind.DECISION_TAKEN, EventKind.APPROVED]
    assert sorted(office.mail()) == sorted([*before, "order-approved"])
    assert office.actions(order.number) == ["order.placed", "decision.taken", "order.decided"]
    assert office.settle(DAY) == 0
    assert office.decisions(order.number)[0].status is DecisionStatus.EFFECTIVE


def test_the_worker_does_it(office: Office) -> None:
    order = office.place()
    office.decide(order, APPROVE, ANNA)
    assert office.services.worker.run(office.now + EFFECT_DELAY).decided == 1
    assert office.order(order.number).state == "approved"


def test_a28_a_rejection_takes_two_and_tells_the_holder_once(office: Office) -> None:
    order = office.place()
    review = office.services.review
    assert office.decide(order, REJECT, ANNA).status is DecisionStatus.AWAITS_SECOND
    assert office.settle(DAY) == 0
    with pytest.raises(SameEyes):
        review.agree(order.number, replace(ANNA, name="Anna in another role"), office.now)
    with pytest.raises(OwnOrder):
        review.agree(order.number, Colleague(order.person, "Aino"), office.now)
    review.agree(order.number, BENGT, office.now + DAY)
    assert office.settle(DAY + EFFECT_DELAY - SECOND) == 0
    assert office.settle(DAY + EFFECT_DELAY) == 1
    done = office.order(order.number)
    assert (done.state, done.decision.reason if done.decision else "") == ("rejected", "visit-needed")
    assert office.services.orders.words_to_holder(order) == "Tule käymään."
    decided = office.audit(order.number)[-1]
    assert (decided.actor, decided.detail["seconded"]) == (ANNA.actor, BENGT.actor.name)
    assert office.mail().count("order-rejected") == 1


def test_a28_a_change_of_role_in_between_opens_nothing(office: Office) -> None:
    order, operator = office.place(), Actor(ActorKind.OPERATOR, "olli")
    office.decide(order, REJECT, ANNA)
    assert office.services.staff.change(RoleChange(ANNA, Role.SUPERVISOR, True, operator, office.now))
    for step in (office.services.review.agree, office.services.review.decline):
        with pytest.raises(SameEyes):
            step(order.number, ANNA, office.now)


def test_settings_may_ask_for_one_pair_of_eyes(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="none")
    order = office.place()
    assert office.decide(order, REJECT, ANNA).status is DecisionStatus.TAKEN
    assert office.settle() == 1
    assert office.order(order.number).state == "rejected"


def test_a28_one_s_own_order_can_not_be_opened_decided_or_asked_about(office: Office) -> None:
    order, review = office.place(), office.services.review
    aino = Colleague(order.person, "Aino")
    steps: list[Callable[[], object]] = [
        lambda: review.open(order.number, aino, office.now),
        lambda: office.decide(order, APPROVE, aino),
        lambda: review.ask(order.number, "?", order.version, aino, office.now),
        lambda: review.hand_over(order.number, aino, ANNA, office.now),
    ]
    for step in steps:
        with pytest.raises(OwnOrder):
            step()
    assert review.open_next(aino, office.now) is None
    assert office.order(order.number) == order


def test_undoing_is_an_event_and_opens_the_case(office: Office) -> None:
    order, review = office.place(), office.services.review
    office.decide(order, APPROVE, ANNA)
    with pytest.raises(NotYoursToUndo):
        review.undo(order.number, BENGT, office.now)
    review.undo(order.number, ANNA, office.now + EFFECT_DELAY - SECOND)
    assert office.settle(DAY) == 0
    undone = office.order(order.number)
    assert [event.kind for event in undone.events[1:]] == [EventKind.DECISION_TAKEN, EventKind.DECISION_UNDONE]
    office.decide(undone, APPROVE, BENGT)
    assert office.settle() == 1
    assert [each.status for each in office.decisions(order.number)] == [DecisionStatus.UNDONE, DecisionStatus.EFFECTIVE]


def test_declining_opens_the_case_again(office: Office) -> None:
    order, review = office.place(), office.services.review
    office.decide(order, REJECT, ANNA)
    review.decline(order.number, BENGT, office.now)
    assert office.settle(DAY) == 0
    assert office.order(order.number).state == "submitted"
    assert review.open_next(CARITA, office.now) == order.number


def test_a_case_is_open_at_one_desk(office: Office) -> None:
    order, review = office.place(), office.services.review
    review.open(order.number, ANNA, office.now)
    later = office.now + LEASE
    for step in (
        lambda: review.open(order.number, BENGT, office.now),
        lambda: office.decide(order, APPROVE, BENGT),
        lambda: review.ask(order.number, "?", order.version, BENGT, office.now),
        lambda: review.release(order.number, BENGT, office.now),
    ):
        with pytest.raises(CaseOpenElsewhere) as refused:
            step()
        assert refused.value.colleague == ANNA
    assert review.open_next(BENGT, office.now) is None
    assert review.open_next(BENGT, later) == order.number
    with pytest.raises(CaseOpenElsewhere):
        review.open(order.number, ANNA, later)
    review.release(order.number, BENGT, later)
    review.open(order.number, ANNA, later)
    with pytest.raises(NotFound):
        review.open("WV-0000-0000", ANNA, later)


def test_the_answer_brings_the_case_back_to_whoever_asked(office: Office) -> None:
    order, review, orders = office.place(), office.services.review, office.services.orders
    review.open(order.number, ANNA, office.now)
    for _ in range(2):  # a double click
        review.ask(order.number, "Which address?", order.version, ANNA, office.now)
    asked = office.order(order.number)
    assert (asked.state, asked.version) == ("more-information-needed", order.version + 1)
    assert office.mail().count("order-question") == 1
    for who in (ANNA, BENGT):
        assert review.open_next(who, office.now) is None
        with pytest.raises(StaleOrder):
            review.ask(order.number, "Another?", order.version, who, office.now)
        with pytest.raises(ChangeNotAllowed):
            office.decide(asked, APPROVE, who)
    orders.answer(order.number, order.person, "This one.", asked.version, office.now)
    assert review.open_next(BENGT, office.now) is None
    assert review.open_next(ANNA, office.now) == order.number
    case = review.case(order.number, ANNA, "reviewer", office.now)
    assert [(letter.kind, letter.text, letter.author) for letter in case.letters] == [
        ("question", "Which address?", ANNA),
        ("answer", "This one.", None),
    ]
    assert case.work.assignee == ANNA


def test_a_case_is_handed_over_to_a_reviewer_only(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="none")
    order, review, staff = office.place(), office.services.review, office.services.staff
    with pytest.raises(NotAReviewer):
        review.hand_over(order.number, BENGT, ANNA, office.now)
    grant = RoleChange(BENGT, Role.REVIEWER, grants=True, asked_by=CARITA.actor, asked_at=office.now)
    staff.change(grant)
    review.hand_over(order.number, BENGT, ANNA, office.now)
    assert review.open_next(ANNA, office.now) is None
    staff.change(replace(grant, grants=False))  # whoever leaves leaves nothing behind
    assert review.open_next(ANNA, office.now) == order.number
    assert "case.handed-over" in office.actions(order.number)


def test_a_look_is_audited_and_the_holder_sees_it(office: Office) -> None:
    order, review = office.place(), office.services.review
    case = review.case(order.number, ANNA, "reviewer", office.now)
    assert case.order == order
    assert case.facts is not None
    assert case.facts.address == order.delivery.card_address
    (look,) = office.services.orders.looks(order.person)
    assert (look.action, look.actor, look.order, look.detail["role"]) == ("case.viewed", ANNA.actor, order.number, "reviewer")
    page = review.queue(QueueFilter(), ANNA, office.now)
    assert [each.order for each in page.cases] == [order]
    assert (page.after, dict(page.counts.by_state)) == ("", {"submitted": 1})
    assert review.find(order.number, ANNA, office.now) == (order,)
    assert [entry.detail["numbers"] for entry in office.audit()[-2:]] == [order.number, order.number]


def test_the_queue_s_pages_join(office: Office) -> None:
    numbers = {office.place(slug).number for slug in ("aino", "bjorn")}
    review = office.services.review
    first = review.queue(QueueFilter(), ANNA, office.now, limit=1)
    second = review.queue(QueueFilter(), ANNA, office.now, limit=1, after=first.after)
    assert {first.cases[0].order.number, second.cases[0].order.number} == numbers
    assert (first.after, second.after) == (first.cases[0].order.number, "")


def test_a_new_look_is_nobody_s_yet_and_a_rule_leaves_it(installation: Installation) -> None:
    office = open_office(installation, FOUR_EYES="none")
    order, review, orders = office.place(), office.services.review, office.services.orders
    review.ask(order.number, "Which address?", order.version, ANNA, office.now)
    orders.answer(order.number, order.person, "This one.", order.version + 1, office.now)
    assert review.open_next(ANNA, office.now) == order.number
    office.decide(office.order(order.number), REJECT, ANNA)
    office.settle()
    rejected = office.order(order.number)
    anew = orders.ask_for_new_look(order.number, order.person, "Please.", rejected.version, office.now)
    assert (anew.state, anew.decision, anew.findings[-1].code) == ("submitted", None, NEW_LOOK)
    assert office.order(order.number) == anew
    for after in (SECOND, DAY):
        done = office.services.worker.run(office.now + after)
        assert (done.decided, done.settled) == (0, 0)
    assert office.order(order.number) == anew
    assert review.open_next(BENGT, office.now + LEASE) == order.number
    office.decide(anew, APPROVE, BENGT)
    assert office.settle() == 1
    assert office.order(order.number).state == "approved"
    kinds = [event.kind for event in office.order(order.number).events]
    assert kinds[4:6] == [EventKind.REJECTED, EventKind.REVIEW_REQUESTED]
