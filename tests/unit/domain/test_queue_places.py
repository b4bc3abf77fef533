"""Where a case stands in the queue, and who has it open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.facts import NOW
from tests.unit.domain.placed import ANNA, BENGT, placed_order
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.decisions import Decision, Outcome
from webvartti.domain.events import Actor, ActorKind, EventKind
from webvartti.domain.orders import Order, decided, happened
from webvartti.domain.queue import FLOOR, LEASE, CaseWork, PlaceReason, place, place_at, standing
from webvartti.domain.review import asked_anew

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
JOB = Actor(ActorKind.SYSTEM, "job")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as Hypothesis asks for bounds


def case(placed: datetime, ends: datetime, revoked: datetime | None = None) -> Order:
    status = RevocationStatus(RevocationState.GOOD if revoked is None else RevocationState.REVOKED, 7, NOW, NOW, revoked)
    return replace(placed_order(), placed_at=placed, certificate_not_after=ends, revocation=status)


@pytest.mark.parametrize(
    ("order", "at", "reason", "days"),
    [
        (case(NOW, NOW + 5 * DAY), NOW + 5 * DAY, PlaceReason.CARD_ENDS, 5),
        (case(NOW, NOW + FLOOR), NOW + FLOOR, PlaceReason.CARD_ENDS, 14),
        (case(NOW, NOW + FLOOR + SECOND), NOW + FLOOR, PlaceReason.WAITED, 0),
        (case(NOW - 9 * DAY, NOW + 90 * DAY), NOW + 5 * DAY, PlaceReason.WAITED, 9),
        (case(NOW - DAY, NOW), NOW, PlaceReason.WITHOUT_CARD, 0),
        (case(NOW - DAY, NOW + SECOND), NOW + SECOND, PlaceReason.CARD_ENDS, 0),
        (case(NOW - 9 * DAY, NOW - 3 * DAY), NOW - 3 * DAY, PlaceReason.WITHOUT_CARD, 3),
        (case(NOW, NOW + 90 * DAY, NOW - 2 * DAY), NOW - 2 * DAY, PlaceReason.WITHOUT_CARD, 2),
        (case(NOW - 20 * DAY, NOW - DAY, NOW + DAY), NOW - 6 * DAY, PlaceReason.WITHOUT_CARD, 1),
    ],
)
def test_the_place_is_the_harm_with_a_floor(order: Order, at: datetime, reason: PlaceReason, days: int) -> None:
    found = place(order, NOW)
    assert (found.at, found.reason, found.days) == (at, reason, days)
    assert place_at(order) == standing(order) == at


@given(MOMENTS, MOMENTS, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_nobody_starves(placed: datetime, ends: datetime, later: datetime, works: timedelta) -> None:
    """Whoever orders FLOOR after a case with a card that works comes behind it."""
    first, second = case(placed, ends), case(max(later, placed + FLOOR), max(later, placed + FLOOR) + works)
    at, behind = place_at(first), place_at(second)
    assert at is not None
    assert behind is not None
    assert at <= behind


@given(MOMENTS, MOMENTS, MOMENTS)
def test_the_place_is_the_same_at_any_moment(placed: datetime, ends: datetime, now: datetime) -> None:
    assert place(case(placed, ends), now).at == standing(case(placed, ends))


def test_decided_orders_have_no_place_and_get_it_back() -> None:
    order = case(NOW, NOW + 5 * DAY)
    rejected = decided(order, Decision(Outcome.REJECTED, NOW, JOB, "", ()))
    assert place_at(rejected) is None
    assert standing(rejected) == NOW + 5 * DAY
    anew = asked_anew(happened(rejected, EventKind.REVIEW_REQUESTED, JOB, NOW + DAY))
    assert place_at(anew) == NOW + 5 * DAY


@pytest.mark.parametrize("kind", [EventKind.HELD, EventKind.INFORMATION_REQUESTED])
def test_what_waits_for_somebody_else_is_in_the_queue(kind: EventKind) -> None:
    assert place_at(happened(case(NOW, NOW + DAY), kind, JOB, NOW)) == NOW + DAY


def test_a_lease_frees_itself_and_is_one_s_own() -> None:
    work = CaseWork(opened_by=ANNA, lease_until=NOW + LEASE)
    assert work.open_elsewhere(BENGT, NOW) == ANNA
    assert work.open_elsewhere(BENGT, NOW + LEASE - SECOND) == ANNA
    assert work.open_elsewhere(BENGT, NOW + LEASE) is None
    assert work.open_elsewhere(replace(ANNA, name="Anna, promoted"), NOW) is None
    assert CaseWork(assignee=ANNA).open_elsewhere(BENGT, NOW) is None
