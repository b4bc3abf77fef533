"""How people decide: own orders, four eyes, undoing, and what a decision needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.unit.domain.facts import NOW
from tests.unit.domain.placed import AINO, ANNA, BENGT, CARITA, TO_PEOPLE, placed_order
from webvartti.domain.decisions import Decision, Outcome, RejectionReason, decide
from webvartti.domain.eligibility import Finding, RenewalPolicy, Severity
from webvartti.domain.events import Actor, ActorKind, ChangeNotAllowed, EventKind, OrderState
from webvartti.domain.orders import Order, decided, happened
from webvartti.domain.permissions import Role
from webvartti.domain.review import (
    EFFECT_DELAY,
    NEW_LOOK,
    DecisionStatus,
    Intent,
    Matter,
    NoDecisionPending,
    NotYoursToUndo,
    OwnOrder,
    ReasonMissing,
    ReviewDecision,
    asked_anew,
    decline,
    matters_of,
    second,
    take,
    undo,
)
from webvartti.domain.staff import Colleague, OwnRole, RoleChange, SameEyes, check_confirmation

APPROVE = Intent(Outcome.APPROVED)
REJECT = Intent(Outcome.REJECTED, RejectionReason.VISIT_NEEDED, "Tule käymään.")
ALL = frozenset(Matter)
SECOND = timedelta(seconds=1)
JOB = Actor(ActorKind.SYSTEM, "job")

Step = Callable[[Order, ReviewDecision, Colleague, datetime], tuple[Order, ReviewDecision]]


def rejected() -> tuple[Order, ReviewDecision]:
    return take(placed_order(), REJECT, ANNA, ALL, NOW)


def test_a_clean_approval_takes_effect_a_minute_later() -> None:
    order, decision = take(placed_order(), APPROVE, ANNA, ALL, NOW)
    assert (decision.status, decision.takes_effect_at) == (DecisionStatus.TAKEN, NOW + timedelta(seconds=60))
    assert (order.state, order.version, order.decision) == (OrderState.SUBMITTED, 2, None)
    assert order.events[-1].kind is EventKind.DECISION_TAKEN
    assert order.events[-1].actor == Actor(ActorKind.STAFF, "registration-number:11111111111")
    assert decision.order_version == order.version


def test_a28_nobody_decides_on_their_own_order_in_whatever_role() -> None:
    same_person = replace(AINO, name="A. Mäkinen")
    for who in (AINO, same_person):
        with pytest.raises(OwnOrder):
            take(placed_order(), APPROVE, who, ALL, NOW)
        for step in (second, decline):
            with pytest.raises(OwnOrder):
                step(*rejected(), who, NOW)


@pytest.mark.parametrize("kind", [EventKind.PLACED, EventKind.INFORMATION_GIVEN])
def test_a28_nobody_decides_on_an_order_that_they_placed_or_edited(kind: EventKind) -> None:
    order = placed_order()
    helped = replace(order, events=(*order.events, replace(order.events[0], kind=kind, actor=ANNA.actor)))
    with pytest.raises(OwnOrder):
        take(helped, APPROVE, ANNA, ALL, NOW)
    take(helped, APPROVE, BENGT, ALL, NOW)


def test_a28_nobody_is_both_pairs_of_eyes() -> None:
    for step in (second, decline):
        with pytest.raises(SameEyes):
            step(*rejected(), replace(ANNA, name="Anna in another role"), NOW)


@pytest.mark.parametrize(
    ("outcome", "blocked", "four_eyes", "matters"),
    [
        (Outcome.APPROVED, False, ALL, ()),
        (Outcome.APPROVED, True, ALL, (Matter.OVERRIDE,)),
        (Outcome.REJECTED, False, ALL, (Matter.REJECT,)),
        (Outcome.REJECTED, True, ALL, (Matter.REJECT,)),
        (Outcome.REJECTED, False, {Matter.OVERRIDE}, ()),
        (Outcome.APPROVED, True, {Matter.REJECT}, ()),
        (Outcome.APPROVED, True, (), ()),
        (Outcome.REJECTED, False, {Matter.RULES, Matter.ROLES}, ()),
    ],
)
def test_four_eyes_are_where_the_settings_say(
    outcome: Outcome, blocked: bool, four_eyes: frozenset[Matter], matters: tuple[Matter, ...]
) -> None:
    finding = Finding("right-ended", Severity.BLOCKS if blocked else Severity.NEEDS_PERSON, "right", 1)
    order = replace(placed_order(), findings=(finding,))
    intent = Intent(outcome, RejectionReason.VISIT_NEEDED)
    assert matters_of(order, intent, frozenset(four_eyes)) == matters
    decision = take(order, intent, ANNA, frozenset(four_eyes), NOW)[1]
    assert decision.status is (DecisionStatus.AWAITS_SECOND if matters else DecisionStatus.TAKEN)
    assert (decision.takes_effect_at is None) == bool(matters)


def test_a_second_person_starts_the_minute() -> None:
    order, decision = second(*rejected(), BENGT, NOW + timedelta(hours=3))
    assert decision.status is DecisionStatus.TAKEN
    assert decision.takes_effect_at == NOW + timedelta(hours=3) + EFFECT_DELAY
    assert (decision.by, decision.second, decision.order_version) == (ANNA, BENGT, order.version)
    with pytest.raises(NoDecisionPending):
        second(order, decision, CARITA, NOW)


def test_a_declined_decision_is_over_and_kept() -> None:
    order, decision = decline(*rejected(), BENGT, NOW)
    assert (decision.status, decision.ended_at, decision.second) == (DecisionStatus.DECLINED, NOW, BENGT)
    assert order.state is OrderState.SUBMITTED
    for step in (second, decline, undo):
        with pytest.raises(NoDecisionPending):
            step(order, decision, CARITA, NOW)


def test_a_rejection_says_why() -> None:
    with pytest.raises(ReasonMissing):
        take(placed_order(), Intent(Outcome.REJECTED, None, "words alone"), ANNA, ALL, NOW)


def test_an_approval_has_no_reason_and_no_words() -> None:
    decision = take(placed_order(), replace(REJECT, outcome=Outcome.APPROVED), ANNA, ALL, NOW)[1]
    assert (decision.reason, decision.words) == (None, "")


def held() -> Order:
    return happened(placed_order(), EventKind.HELD, JOB, NOW)


def asked() -> Order:
    return happened(placed_order(), EventKind.INFORMATION_REQUESTED, ANNA.actor, NOW)


def approved() -> Order:
    return decided(placed_order(), Decision(Outcome.APPROVED, NOW, JOB, "", ()))


@pytest.mark.parametrize(
    ("order", "intent"), [(held(), APPROVE), (asked(), APPROVE), (approved(), APPROVE), (approved(), REJECT)]
)
def test_a31_what_could_not_take_effect_is_not_decided(order: Order, intent: Intent) -> None:
    with pytest.raises(ChangeNotAllowed):
        take(order, intent, ANNA, ALL, NOW)


@pytest.mark.parametrize("order", [held(), asked()])
def test_a31_what_waits_can_be_rejected(order: Order) -> None:
    after, decision = take(order, REJECT, ANNA, frozenset(), NOW)
    assert (after.state, decision.outcome) == (order.state, Outcome.REJECTED)


@pytest.mark.parametrize(
    ("after", "possible"),
    [(timedelta(0), True), (EFFECT_DELAY - SECOND, True), (EFFECT_DELAY, False), (2 * EFFECT_DELAY, False)],
)
def test_undoing_until_it_takes_effect(after: timedelta, possible: bool) -> None:
    order, decision = take(placed_order(), APPROVE, ANNA, ALL, NOW)
    if possible:
        undone, ended = undo(order, decision, ANNA, NOW + after)
        assert (ended.status, undone.events[-1].kind) == (DecisionStatus.UNDONE, EventKind.DECISION_UNDONE)
    else:
        with pytest.raises(NotYoursToUndo):
            undo(order, decision, ANNA, NOW + after)


def test_undoing_is_for_those_who_took_part() -> None:
    order, decision = second(*rejected(), BENGT, NOW)
    with pytest.raises(NotYoursToUndo):
        undo(order, decision, CARITA, NOW)
    for who in (ANNA, BENGT):
        assert undo(order, decision, who, NOW)[1].status is DecisionStatus.UNDONE


def test_what_waits_for_a_second_person_can_be_undone_however_late() -> None:
    assert undo(*rejected(), ANNA, NOW + timedelta(days=9))[1].status is DecisionStatus.UNDONE


def test_a29_nothing_is_done_with_a_decision_whose_order_has_moved_on() -> None:
    order, decision = rejected()
    moved = happened(order, EventKind.WITHDRAWN, AINO.actor, NOW)
    steps: tuple[tuple[Step, Colleague], ...] = ((second, BENGT), (decline, BENGT), (undo, ANNA))
    for step, who in steps:
        with pytest.raises(NoDecisionPending):
            step(moved, decision, who, NOW)


def test_a29_the_same_form_again_is_known() -> None:
    decision = rejected()[1]
    assert decision.repeats(REJECT, ANNA)
    assert not decision.repeats(REJECT, BENGT)
    assert not decision.repeats(replace(REJECT, words="Other words."), ANNA)
    assert not decision.repeats(APPROVE, ANNA)
    seconded = second(*rejected(), BENGT, NOW)[1]
    assert seconded.was_stepped_by(BENGT, DecisionStatus.TAKEN)
    assert not seconded.was_stepped_by(ANNA, DecisionStatus.TAKEN)
    assert not seconded.was_stepped_by(BENGT, DecisionStatus.DECLINED)


def test_a_new_look_is_a_person_s() -> None:
    clean = placed_order(RenewalPolicy())
    automatic = decide(clean.findings, NOW) or pytest.fail("needs no person")
    asked_for = happened(decided(clean, automatic), EventKind.REVIEW_REQUESTED, AINO.actor, NOW)
    anew = asked_anew(asked_for)
    assert (anew.state, anew.decision) == (OrderState.SUBMITTED, None)
    assert [finding.code for finding in anew.findings] == [NEW_LOOK]
    assert decide(anew.findings, NOW) is None
    assert asked_anew(anew).findings == anew.findings


def test_a_role_is_confirmed_by_somebody_else() -> None:
    change = RoleChange(BENGT, Role.REVIEWER, grants=True, asked_by=ANNA.actor, asked_at=NOW)
    with pytest.raises(SameEyes):
        check_confirmation(change, ANNA.actor)
    with pytest.raises(OwnRole):
        check_confirmation(change, BENGT.actor)
    check_confirmation(change, CARITA.actor)


def test_people_decide_where_no_rule_may() -> None:
    assert decide(placed_order(TO_PEOPLE).findings, NOW) is None
