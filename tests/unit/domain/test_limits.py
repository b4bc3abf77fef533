"""The arithmetic of limits, at the edges of its periods, and the policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webvartti.domain.holders import CardId
from webvartti.domain.limits import HOUR, MINUTE, NOBODY, Allowance, Client, CountedBy, Purpose, allowances

NOW = datetime(2026, 11, 23, 10, 59, 59, 999_000, tzinfo=UTC)  # a millisecond before a window of the clock would turn
SECOND = timedelta(seconds=1)
TEN = Allowance(MINUTE, {CountedBy.CARD: 10})


def attempt(spent_until: datetime, now: datetime, allowance: Allowance = TEN) -> tuple[datetime, timedelta]:
    """(until when is spent now, the wait): as the database and the services do it together."""
    moved = max(spent_until, now) + allowance.cost(CountedBy.CARD)
    wait = allowance.wait(moved, now)
    return (spent_until if wait else moved), wait


def passing(moments: list[datetime], allowance: Allowance = TEN) -> int:
    """How many of these attempts pass."""
    spent, passed = moments[0], 0
    for moment in moments:
        spent, wait = attempt(spent, moment, allowance)
        passed += not wait
    return passed


def test_ten_may_come_at_once_and_the_eleventh_waits_six_seconds() -> None:
    spent = NOW
    for _ in range(10):
        spent, wait = attempt(spent, NOW)
        assert wait == timedelta(0)
    assert attempt(spent, NOW) == (spent, 6 * SECOND)


def test_no_edge_of_a_window_lets_twice_as_many_pass_in_a_moment() -> None:
    before, after = [NOW] * 10, [NOW + timedelta(milliseconds=2)] * 10
    assert passing([*before, *after]) == 10


@pytest.mark.parametrize(("early", "passes"), [(timedelta(0), True), (timedelta(microseconds=1), False), (-SECOND, True)])
def test_the_moment_that_the_page_names_is_the_moment(early: timedelta, passes: bool) -> None:
    spent = NOW + MINUTE  # all ten are spent
    _, wait = attempt(spent, NOW)
    assert (attempt(spent, NOW + wait - early)[1] == timedelta(0)) is passes


def test_being_refused_does_not_lengthen_the_wait() -> None:
    spent = NOW + MINUTE
    for tenth in range(59):
        spent, wait = attempt(spent, NOW + timedelta(milliseconds=100 * tenth))
        assert timedelta(0) < wait <= 6 * SECOND
    assert attempt(spent, NOW + 6 * SECOND)[1] == timedelta(0)


def test_after_a_quiet_period_all_ten_are_there_again_and_not_more() -> None:
    assert passing([NOW] * 10 + [NOW + MINUTE] * 30) == 20
    assert passing([NOW] + [NOW + 24 * HOUR] * 30) == 11


@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=200))
def test_in_no_stretch_of_time_do_more_pass_than_a_burst_and_its_refill(milliseconds: list[int]) -> None:
    moments = [NOW + timedelta(milliseconds=one) for one in sorted(milliseconds)]
    stretch = moments[-1] - moments[0]
    assert passing(moments) <= 10 + stretch / (MINUTE / 10)
    spent = moments[0]
    for moment in moments:  # and nobody is ever told to wait longer than one sixth of a minute
        spent, wait = attempt(spent, moment)
        assert wait <= 6 * SECOND


def test_only_what_is_known_is_counted() -> None:
    card = CardId("ab" * 32, "1f")
    assert dict(NOBODY.names()) == {}
    assert set(Client("192.0.2.1").names()) == {CountedBy.ADDRESS}
    assert set(Client("192.0.2.1", "cookie", card).names()) == set(CountedBy)
    other = replace(card, serial="20")
    assert Client(card=card).names() != Client(card=other).names()


PATIENCE = {Purpose.FEEDBACK: 12 * MINUTE, Purpose.CARD_CHECK: MINUTE}
"""Where nobody is kept from signing in or ordering."""


@pytest.mark.parametrize("address_limit", [10, 600, 100_000])
def test_the_policy_keeps_no_innocent_holder_out_for_long(address_limit: int) -> None:
    policy = allowances(address_limit)
    assert set(policy) == set(Purpose)
    for purpose, allowance in policy.items():
        assert allowance.most[CountedBy.ADDRESS] >= min(5, address_limit), purpose
        longest = max(allowance.cost(by) for by in allowance.most)
        assert longest <= PATIENCE.get(purpose, 6 * SECOND), purpose


def test_where_no_card_is_proven_none_is_counted() -> None:
    for purpose in (Purpose.REFUSED_SIGN_IN, Purpose.TICKET):
        assert CountedBy.CARD not in allowances(600)[purpose].most
