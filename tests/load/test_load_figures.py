"""The figures of a load run: what they count, and from when."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.load.monday import Course, Plan, Step, Stretch, why_not_held
from tests.load.record import GAVE_UP, SERVED, SHED, Kind, Record, Seen, Span, Stay, figures, percentiles, seconds_until_normal

SPAN = Span(100.0, 110.0)


def seen(clicked: float, latency: float, outcome: str = SERVED, kind: Kind = Kind.PAGE, *, inside: bool = False) -> Seen:
    return Seen(kind, clicked, clicked + latency, outcome, inside, 1)


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentiles(range(1, 101)) == (50, 90, 95, 99)
    assert percentiles([7.0]) == (7.0, 7.0, 7.0, 7.0)
    assert percentiles([]) == ()


def test_a_click_counts_where_it_was_meant_and_a_page_where_it_came() -> None:
    record = Record(arrived=[99.0, 100.0, 109.9, 110.0])
    record.seen = [seen(99.0, 5.0, kind=Kind.ORDER), seen(101.0, 1.0), seen(109.0, 3.0, kind=Kind.ORDER)]
    found = figures(record, SPAN, SPAN.end)
    assert (found.arrivals, found.renewals, found.pages) == (0.2, 0.1, 0.2)
    assert found.latencies == {Kind.PAGE: (1.0,) * 4, Kind.ORDER: (3.0,) * 4}


def test_whoever_still_waits_has_waited_at_least_so_long() -> None:
    record = Record(waiting={1: Seen(Kind.SIGN_IN, 102.0, 0.0, "", False, 0)})
    assert figures(record, SPAN, 110.0).latencies == {Kind.SIGN_IN: (8.0,) * 4}


def test_shed_is_told_apart_from_errors_and_neither_is_fast() -> None:
    record = Record(seen=[seen(101, 0.01, SHED), seen(102, 0.01, "status 500"), seen(103, 30, GAVE_UP), seen(104, 2.0)])
    found = figures(record, SPAN, SPAN.end)
    assert (found.views, found.shed, found.errors) == (4, 1, {"status 500": 1, GAVE_UP: 1})
    assert found.latencies[Kind.PAGE][0] == 2.0
    assert found.latencies[Kind.PAGE][2] == 30
    assert found.refused_share == 0.75


def test_those_inside_are_counted_by_themselves() -> None:
    record = Record(seen=[seen(101, 0.1, SHED), seen(102, 0.5, inside=True), seen(103, 0.1, SHED, inside=True)])
    record.stays = [Stay(101, 120, SERVED), Stay(102, 103, SHED), Stay(99, 100.5, SHED)]
    found = figures(record, SPAN, SPAN.end)
    assert (found.served_inside, found.latencies_inside[0]) == (0.5, 0.5)
    assert (found.stays, found.stays_served) == (2, 1)


@pytest.mark.parametrize(("bad_until", "last", "expected"), [(0, 20, 0), (7, 20, 7), (17, 20, None), (20, 20, None)])
def test_normal_is_what_lasts(bad_until: int, last: int, expected: int | None) -> None:
    record = Record(seen=[seen(second + 0.5, 9.0 if second < bad_until else 0.1) for second in range(last)])
    assert seconds_until_normal(record, 0.0, float(last), bound=2.0) == expected


def test_one_shed_click_is_not_normal() -> None:
    record = Record(seen=[seen(second + 0.5, 0.1, SHED if second == 6 else SERVED) for second in range(20)])
    assert seconds_until_normal(record, 0.0, 20.0, bound=2.0) == 0
    assert seconds_until_normal(record, 2.0, 20.0, bound=2.0) == 5


def test_a_rate_is_held_while_pages_come_and_nobody_is_sent_away() -> None:
    plan, seconds = Plan(), SPAN.seconds
    every = [each for second in range(10) for each in (seen(100 + second, 0.1), seen(100 + second, 0.1, kind=Kind.ORDER))]
    record = Record(arrived=[each.clicked for each in every[::2]], seen=every)
    found = figures(record, SPAN, SPAN.end)
    assert why_not_held(plan, found, seconds) == ""
    assert why_not_held(plan, replace(found, shed=1), seconds) == "5% shed or failed"
    assert why_not_held(plan, replace(found, latencies={Kind.ORDER: (1, 2, 2.1, 3)}), seconds) == "p95 2.1 s"
    assert why_not_held(plan, replace(found, latencies={}), seconds) == "nothing was answered"
    assert why_not_held(plan, replace(found, arrivals=10.0, renewals=2.0), seconds) == "people pile up"
    assert math.isinf(replace(found, latencies={}).worst_p95)


def test_a_click_at_the_end_of_a_step_has_its_time_before_the_rate_is_judged() -> None:
    """A page that somebody still waits for is slow only then; before, a rate was called held whose pages came after 2.4 s."""
    answered = [seen(100 + second, 0.1, kind=Kind.ORDER) for second in range(10)]
    waiting = {number: Seen(Kind.ORDER, 109.9, 0.0, "", False, 0) for number in range(10)}
    course = Course(Plan(bound=2.0), Record(arrived=[each.clicked for each in answered], seen=answered, waiting=waiting))
    found = course.figures(Stretch("step 1", 1.0, SPAN, {}))
    assert why_not_held(course.plan, found, SPAN.seconds) == "p95 2.1 s"


def test_what_turned_out_later_counts_for_every_step() -> None:
    """Ten pages of the first step were shed after the proxy's queue had kept them for ten seconds."""
    record = Record(arrived=[100.0, 101.0], seen=[seen(100 + second, 0.1, kind=Kind.ORDER) for second in range(10)])
    course = Course(Plan(), record)
    course.steps = [Step(Stretch("step 1", 1.0, SPAN, {}), "")]
    course.judge_again()
    assert (course.held, course.steps[0].why) == (1.0, "")
    record.seen += [seen(105.0, 10.0, SHED) for _ in range(10)]
    course.judge_again()
    assert (course.held, course.steps[0].why) == (0.0, "50% shed or failed")


def test_there_are_people_enough_for_the_worst_that_can_come() -> None:
    plan = Plan(first=1, growth=2, most=4, step=10, overload=10, recovery=10)
    assert list(plan.rates) == [1, 2, 4]
    assert replace(plan, bound=20).people > (1 + 2 + 4) * (10 + 20) + 8 * 10 + 2 * 10 + 80
