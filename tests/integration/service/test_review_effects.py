"""What keeps a decision from taking effect: the audit, revocation data, held orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import Installation
from tests.integration.service.reviewing import APPROVE, REJECT, Office, open_office
from tests.unit.domain.facts import HOME, NOW, facts
from tests.unit.domain.placed import ANNA, BENGT
from tests.unit.pki.authority import KeyRing
from tests.web.lane import HOUR, Lane, open_lane
from webvartti.domain.audit import AuditEntry
from webvartti.domain.certificates import RevocationState
from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.errors import AuditUnavailable
from webvartti.domain.events import OrderState
from webvartti.domain.queue import QueueFilter
from webvartti.domain.registers import RegisteredPerson
from webvartti.domain.review import (
    EFFECT_DELAY,
    DecisionStatus,
)
from webvartti.domain.rules import judge
from webvartti.services.placing import keep_inputs
from webvartti.storage.audit import Audit

KEYS = KeyRing()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def office(installation: Installation) -> Office:
    return open_office(installation)


def fail(self: Audit, entry: AuditEntry) -> None:
    raise AuditUnavailable


def test_a34_no_decision_without_its_audit_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    order, other, review = office.place(), office.place("bjorn"), office.services.review
    office.decide(other, REJECT, ANNA)
    other = office.order(other.number)
    kept = (office.order(order.number), other, office.decisions(order.number), office.decisions(other.number), office.mail())
    steps: list[Callable[[], object]] = [
        lambda: office.decide(order, APPROVE, ANNA),
        lambda: review.agree(other.number, BENGT, office.now),
        lambda: review.decline(other.number, BENGT, office.now),
        lambda: review.undo(other.number, ANNA, office.now),
        lambda: review.ask(order.number, "?", order.version, ANNA, office.now),
        lambda: review.release(order.number, ANNA, office.now),
        lambda: review.case(order.number, ANNA, "reviewer", office.now),
        lambda: review.queue(QueueFilter(), ANNA, office.now),
        lambda: review.find("aino", ANNA, office.now),
    ]
    with monkeypatch.context() as patched:
        patched.setattr(Audit, "add", fail)
        for step in steps:
            with pytest.raises(AuditUnavailable):
                step()
    now = (
        office.order(order.number),
        office.order(other.number),
        office.decisions(order.number),
        office.decisions(other.number),
        office.mail(),
    )
    assert now == kept


def test_a34_nothing_takes_effect_without_its_audit_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    order = office.place()
    office.decide(order, APPROVE, ANNA)
    waiting = office.order(order.number)
    with monkeypatch.context() as patched:
        patched.setattr(Audit, "add", fail)
        assert office.settle() == 0
        assert (office.order(order.number), office.decisions(order.number)[0].status) == (waiting, DecisionStatus.TAKEN)
    assert office.settle() == 1


def test_a17_an_approval_that_nothing_vouches_for_waits_and_can_be_undone(office: Office) -> None:
    order, review = office.place(), office.services.review
    office.decide(order, APPROVE, ANNA)
    stale = 4000 * DAY
    assert office.settle(stale) == 0
    (waiting,) = office.decisions(order.number)
    assert (waiting.status, waiting.takes_effect_at) == (DecisionStatus.TAKEN, office.now + stale + EFFECT_DELAY)
    assert office.settle(stale + EFFECT_DELAY - SECOND) == 0
    review.undo(order.number, ANNA, office.now + stale + SECOND)
    assert office.order(order.number).state == "submitted"


def test_a_decision_that_waits_keeps_no_other_from_taking_effect(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webvartti.services.taking_effect._SETTLED_AT_ONCE", 1)
    first, second = office.place(), office.place("bjorn")
    office.decide(first, APPROVE, ANNA)
    office.decide(second, REJECT, ANNA)
    office.services.review.agree(second.number, BENGT, office.now)
    assert [office.settle(4000 * DAY), office.settle(4000 * DAY)] == [0, 1]
    assert [office.order(each.number).state for each in (first, second)] == ["submitted", "rejected"]


@pytest.fixture
def lane(installation: Installation) -> Lane:
    """An hour after the nextUpdate of the issuing CA's list."""
    lane = open_lane(installation, KEYS)
    lane.later(2 * HOUR)
    return lane


def test_a17_a_card_revoked_in_the_minute_is_not_approved(installation: Installation) -> None:
    lane = open_lane(installation, KEYS, AUTOMATIC_DECISIONS="no")
    assert lane.signed_in().order().status_code == 303
    order, review = lane.order(), lane.site.services.review
    review.decide(order.number, APPROVE, order.version, ANNA, lane.now)
    lane.later(EFFECT_DELAY)
    lane.fresh(lane.entry())
    assert review.settle(lane.now) == 0
    case = review.case(order.number, BENGT, "reviewer", lane.now)
    assert (case.order.state, case.pending, case.decisions[0].status) == ("submitted", None, DecisionStatus.OVERTAKEN)
    assert review.open_next(BENGT, lane.now) == order.number


def test_a18_no_rule_releases_a_held_order_while_a_rejection_is_pending(lane: Lane) -> None:
    order, review = lane.hold_order(**lane.home()), lane.site.services.review
    review.decide(order.number, REJECT, order.version, ANNA, lane.now)
    lane.later(HOUR)
    lane.fresh()
    assert lane.settle() == 0
    assert lane.order().state == "held"
    review.decline(order.number, BENGT, lane.now)
    assert lane.settle() == 1
    assert lane.order().state == "approved"


def test_a18_a_rejection_of_a_held_order_takes_effect_and_it_is_forgotten(lane: Lane) -> None:
    order, review = lane.hold_order(**lane.home()), lane.site.services.review
    review.decide(order.number, REJECT, order.version, ANNA, lane.now)
    review.agree(order.number, BENGT, lane.now)
    lane.later(HOUR)
    lane.fresh()
    done = lane.site.services.worker.run(lane.now)
    assert (done.decided, done.settled) == (1, 0)
    assert lane.states() == ["rejected"]


def test_a17_a_listed_card_is_stopped_whatever_is_pending(lane: Lane) -> None:
    order, review = lane.hold_order(**lane.home()), lane.site.services.review
    review.decide(order.number, REJECT, order.version, ANNA, lane.now)
    lane.later(HOUR)
    lane.fresh(lane.entry())
    assert lane.settle() == 1
    assert lane.order().state == "rejected"
    assert review.settle(lane.now) == 0
    assert review.case(order.number, ANNA, "reviewer", lane.now).decisions[0].status is DecisionStatus.OVERTAKEN


def test_what_the_rules_saw_of_a_held_order_is_stored_and_stored_anew(lane: Lane) -> None:
    order = lane.hold_order(**lane.home())

    def stored() -> tuple[RevocationState, str]:
        with lane.site.services.review.units.reading() as unit:
            found = unit.decision_inputs.get(order.number)
        assert found is not None
        assert found.policy == lane.site.services.rules.policy()
        return found.facts.revocation.state, found.facts.open_order

    assert stored() == (RevocationState.STALE, "")
    lane.later(HOUR)
    lane.fresh()
    assert lane.settle() == 1
    assert stored() == (RevocationState.GOOD, "")
    assert lane.order().state is OrderState.APPROVED


def test_a36_a_protected_address_is_not_stored_with_what_the_rules_saw(office: Office) -> None:
    order = office.place()
    protected = facts(person=RegisteredPerson("00098705718", HOME, True, "fi"))
    with office.services.review.units.writing() as unit:
        keep_inputs(unit, order, protected, RenewalPolicy(), office.now)
        unit.commit()
    seen = office.services.review.case(order.number, ANNA, "reviewer", office.now).facts
    assert seen is not None
    assert (seen.person, seen.address) == (RegisteredPerson("00098705718", None, True, "fi"), None)
    assert judge(seen, RenewalPolicy(), NOW) == judge(protected, RenewalPolicy(), NOW)
