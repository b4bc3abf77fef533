"""Counts and times as they are told: nothing is ever negative, and the queue is what waits for a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from webvartti.domain.events import UNDECIDED, OrderState
from webvartti.domain.measures import COUNTED_STATES, Waiting, age, waiting_cases

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_what_waits_tells_how_long() -> None:
    assert Waiting(2, NOW - HOUR).longest(NOW) == HOUR
    assert Waiting(0, None).longest(NOW) == timedelta(0)


def test_a41_a_node_whose_clock_is_ahead_makes_no_time_negative() -> None:
    assert Waiting(1, NOW + HOUR).longest(NOW) == timedelta(0)
    assert age(NOW + HOUR, NOW) == timedelta(0)


def test_the_queue_is_every_order_that_waits_for_a_decision() -> None:
    orders = {state: 10**index for index, state in enumerate(OrderState)}
    expected = sum(orders[state] for state in UNDECIDED)
    assert waiting_cases(orders, NOW) == Waiting(expected, NOW)
    assert waiting_cases({}, None) == Waiting(0, None)


def test_the_whole_queue_is_counted() -> None:
    assert set(UNDECIDED) <= set(COUNTED_STATES)
