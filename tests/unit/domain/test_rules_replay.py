"""Replaying stored inputs under another policy: which decisions would flip."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.domain.facts import NOW, facts, holder, right
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy
from webvartti.domain.rules import Flip, flips, judge

ANY_TIME, TO_PEOPLE = RenewalPolicy(), RenewalPolicy(automatic_decisions=False)
ELSEWHERE = PostalAddress("Toinen katu 1", "00200", "Helsinki")
DAY = timedelta(days=1)


def replayed(policy: RenewalPolicy, *inputs: tuple[str, datetime, RenewalFacts, RenewalPolicy]) -> list[Flip | None]:
    return list(flips(inputs, policy))


@pytest.mark.parametrize(
    ("seen", "policy", "outcome"),
    [
        (facts(), ANY_TIME, "approved"),
        (facts(), TO_PEOPLE, "person"),
        (facts(address=ELSEWHERE), ANY_TIME, "person"),
        (facts(rights=()), ANY_TIME, "blocked"),
        (facts(rights=()), TO_PEOPLE, "blocked"),
        (facts(), RenewalPolicy(window_days=0), "blocked"),
    ],
)
def test_what_the_rules_alone_make_of_it(seen: RenewalFacts, policy: RenewalPolicy, outcome: str) -> None:
    assert judge(seen, policy, NOW).outcome == outcome


def test_the_day_is_the_one_of_then_and_finnish() -> None:
    """The card ends on 11.2.2027: with a window of 60 days renewal opens on 13.12.2026, which in Finland begins at 22 UTC."""
    policy = RenewalPolicy(window_days=60)
    opens = datetime(2026, 12, 12, 22, 0, tzinfo=NOW.tzinfo)
    assert judge(facts(), policy, opens - timedelta(seconds=1)).outcome == "blocked"
    assert judge(facts(), policy, opens).outcome == "approved"


def test_a_window_flips_exactly_those_that_were_early() -> None:
    soon = facts(holder=holder(not_after=NOW + 30 * DAY))
    found = replayed(RenewalPolicy(window_days=60), ("WV-1", NOW, facts(), ANY_TIME), ("WV-2", NOW, soon, ANY_TIME))
    assert found == [Flip("WV-1", NOW, "approved", "blocked", ("window-not-open",), ()), None]


def test_a_flip_says_what_was_lost_as_well() -> None:
    (found,) = replayed(ANY_TIME, ("WV-1", NOW, facts(), TO_PEOPLE))
    assert found == Flip("WV-1", NOW, "person", "approved", (), ("everything-to-people",))


def test_each_is_judged_by_the_policy_of_then() -> None:
    found = replayed(TO_PEOPLE, ("WV-1", NOW, facts(), TO_PEOPLE), ("WV-2", NOW, facts(), ANY_TIME))
    assert [None if flip is None else flip.number for flip in found] == [None, "WV-2"]


def test_another_finding_with_the_same_outcome_is_no_flip() -> None:
    shortened = facts(address=ELSEWHERE, rights=(right(restriction="supervised"),))
    assert replayed(TO_PEOPLE, ("WV-1", NOW, shortened, ANY_TIME)) == [None]


def test_nothing_stored_flips_nothing() -> None:
    assert replayed(TO_PEOPLE) == []
