"""Terms: from which moment on something is kept, and what may go at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from webvartti.config_fields import FIELDS
from webvartti.domain.events import OPEN_STATES, TRANSITIONS, OrderState
from webvartti.domain.retention import CLOSED_STATES, Due, Kind, NoTermSet, Terms, first_moment_kept

NOON = datetime(2031, 11, 23, 10, tzinfo=UTC)


def test_what_happened_on_the_day_of_the_term_stays_and_the_day_before_goes() -> None:
    kept = first_moment_kept(NOON, 60)
    assert kept == datetime(2026, 11, 22, 22, tzinfo=UTC)  # midnight in Finland
    assert kept - timedelta(microseconds=1) < kept <= datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moved", "goes"), [(timedelta(days=-1), True), (timedelta(0), False), (timedelta(days=1), False)], ids=["-1", "0", "+1"]
)
def test_a_day_before_and_after_the_term(moved: timedelta, goes: bool) -> None:
    happened = datetime(2026, 11, 23, 10, tzinfo=UTC) + moved
    assert (happened < first_moment_kept(NOON, 60)) is goes


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2031, 5, 31), 3, date(2031, 2, 28)),
        (date(2032, 5, 31), 3, date(2032, 2, 29)),
        (date(2032, 2, 29), 12, date(2031, 2, 28)),
        (date(2032, 1, 31), 1, date(2031, 12, 31)),
        (date(2032, 12, 31), 12, date(2031, 12, 31)),
        (date(2032, 3, 31), 1, date(2032, 2, 29)),
        (date(2031, 11, 23), 600, date(1981, 11, 23)),
    ],
)
def test_short_months_and_the_turn_of_the_year(today: date, months: int, first: date) -> None:
    now = datetime(today.year, today.month, today.day, 10, tzinfo=UTC)
    assert Due(Kind.ORDERS, months, first_moment_kept(now, months), 0, None).first_day_kept == first


def test_nothing_goes_early_on_any_day_of_four_years() -> None:
    """What happened on a day is kept until the same day of the month has come again, or the month after where it has none."""
    for number in range(4 * 366):
        today = date(2028, 1, 1) + timedelta(days=number)
        now = datetime(today.year, today.month, today.day, 10, tzinfo=UTC)
        last_that_goes = first_moment_kept(now, 3).astimezone(UTC) - timedelta(hours=1)
        months = (today.year - last_that_goes.year) * 12 + today.month - last_that_goes.month
        assert months > 3 or (months == 3 and today.day >= last_that_goes.day), today


def test_the_day_is_the_finnish_one() -> None:
    late = datetime(2031, 11, 22, 22, 30, tzinfo=UTC)  # half past midnight in Finland
    assert first_moment_kept(late, 12) == first_moment_kept(late + timedelta(hours=20), 12)
    assert first_moment_kept(late - timedelta(hours=1), 12) == datetime(2030, 11, 21, 22, tzinfo=UTC)


def test_what_has_no_term_is_kept_for_good_and_without_any_term_there_is_nothing_to_look_for() -> None:
    assert Terms({Kind.FEEDBACK: 6}).cutoffs(NOON).keys() == {Kind.FEEDBACK}
    with pytest.raises(NoTermSet) as refused:
        Terms({}).cutoffs(NOON)
    for kind in Kind:
        assert kind.setting in str(refused.value)


def test_orders_go_before_what_they_hold_back() -> None:
    assert list(Terms(dict.fromkeys(reversed(Kind), 12)).cutoffs(NOON)) == list(Kind)
    assert next(iter(Kind)) is Kind.ORDERS


def test_every_kind_has_a_setting_that_is_empty_by_default() -> None:
    defaults = {field.variable: field.default for field in FIELDS}
    assert {defaults[kind.setting] for kind in Kind} == {""}


def test_an_order_is_open_or_closed_and_what_nothing_can_happen_to_is_closed() -> None:
    assert set(OrderState) == CLOSED_STATES | OPEN_STATES
    assert not CLOSED_STATES & OPEN_STATES
    final = set(OrderState) - {state for state, _ in TRANSITIONS}
    assert final <= CLOSED_STATES
    assert {OrderState.DELIVERED, OrderState.RETURNED, OrderState.WITHDRAWN, OrderState.REJECTED} == CLOSED_STATES
