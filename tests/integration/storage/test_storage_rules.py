"""Policies, and what the rules saw, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.databases import ask
from tests.unit.domain.facts import facts
from tests.unit.domain.placed import ANNA, BENGT
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.eligibility import RenewalFacts, RenewalPolicy
from webvartti.domain.holders import CardHolder, CardId, Person
from webvartti.domain.orders import Order
from webvartti.domain.products import CardKind
from webvartti.domain.registers import CardInCirculation, ProfessionalRight, RegisteredPerson, RightKind
from webvartti.domain.review_repositories import DecisionInput
from webvartti.domain.rules import PolicyChange, PolicyChangeGone
from webvartti.storage.fact_forms import facts_from_json, facts_to_json, policy_from_json, policy_to_json
from webvartti.storage.unit_of_work import Storage


def test_the_newest_confirmed_policy_is_in_force(storage: Storage, now: datetime) -> None:
    first, later = PolicyChange(RenewalPolicy(60), ANNA.actor, now), PolicyChange(RenewalPolicy(None, False), BENGT.actor, now)
    hour = timedelta(hours=1)
    with storage.writing() as unit:
        assert unit.policies.current() is None
        one, two = unit.policies.propose(first), unit.policies.propose(later)
        assert [each.id for each in unit.policies.proposed()] == [one, two]
        unit.policies.settle(replace(later, id=two), by=ANNA.actor, in_force=True, now=now + hour)
        unit.policies.settle(replace(first, id=one), by=BENGT.actor, in_force=True, now=now + 2 * hour)
        unit.commit()
    with storage.writing() as unit:
        current = unit.policies.current()
        assert current is not None
        assert (current.id, current.policy, current.settled_by) == (one, RenewalPolicy(60), BENGT.actor)
        assert [each.id for each in unit.policies.history(9)] == [two, one]
        with pytest.raises(PolicyChangeGone):
            unit.policies.settle(replace(first, id=one), by=ANNA.actor, in_force=False, now=now)
        declined = unit.policies.propose(later)
        unit.policies.settle(replace(later, id=declined), by=ANNA.actor, in_force=False, now=now + 3 * hour)
        assert unit.policies.current() == current
        assert unit.policies.proposed() == ()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as Hypothesis asks for bounds
ADDRESSES = st.builds(PostalAddress, TEXT, TEXT, TEXT, TEXT)
STATUSES = st.builds(
    RevocationStatus, st.sampled_from(RevocationState), st.none() | st.integers(0, 2**160), *[st.none() | MOMENTS] * 3,
    TEXT, *[st.none() | MOMENTS] * 2,
)  # fmt: skip
HOLDERS = st.builds(
    CardHolder, st.builds(Person, TEXT, TEXT), st.builds(CardId, TEXT, TEXT), st.sampled_from(CardKind), *[TEXT] * 5,
    MOMENTS, MOMENTS, TEXT,
)  # fmt: skip
RIGHTS = st.builds(ProfessionalRight, *[TEXT] * 4, st.sampled_from(RightKind), DAYS, st.none() | DAYS, TEXT)
CARDS = st.builds(CardInCirculation, TEXT, TEXT, st.sampled_from(CardKind), st.booleans(), TEXT, DAYS, DAYS)
FACTS = st.builds(
    RenewalFacts,
    holder=HOLDERS,
    revocation=STATUSES,
    rights=st.lists(RIGHTS, max_size=3).map(tuple),
    cards=st.lists(CARDS, max_size=3).map(tuple),
    person=st.none() | st.builds(RegisteredPerson, TEXT, st.none() | ADDRESSES, st.booleans(), TEXT),
    open_order=TEXT,
    address=st.none() | ADDRESSES,
    letter_organisation=TEXT,
)


@given(FACTS)
def test_facts_come_back_from_json_as_they_were(seen: RenewalFacts) -> None:
    stored = json.loads(json.dumps(facts_to_json(seen)))
    back = facts_from_json(stored)
    assert back == seen
    assert facts_to_json(back) == stored
    assert all(isinstance(each.kind, RightKind) for each in back.rights)


@given(st.builds(RenewalPolicy, st.none() | st.integers(0, 1826), st.booleans()))
def test_a_policy_comes_back_from_json_as_it_was(policy: RenewalPolicy) -> None:
    assert policy_from_json(json.loads(json.dumps(policy_to_json(policy)))) == policy


def test_inputs_are_stored_readably_and_the_newest_replaces(storage: Storage, url: str, order: Order, now: datetime) -> None:
    first = DecisionInput(order.number, now, facts(open_order="WV-0"), RenewalPolicy(60))
    newer = DecisionInput(order.number, now + timedelta(hours=1), facts(), RenewalPolicy(None, False))
    with storage.writing() as unit:
        unit.orders.add(order)
        assert unit.decision_inputs.get(order.number) is None
        unit.decision_inputs.put(first)
        unit.decision_inputs.put(newer)
        unit.commit()
    with storage.reading() as unit:
        assert unit.decision_inputs.get(order.number) == newer
        assert list(unit.decision_inputs.since(newer.at)) == [newer]
        assert list(unit.decision_inputs.since(newer.at + timedelta(microseconds=1))) == []
    ((holder, policy),) = ask(url, "SELECT facts->'holder'->>'surname', policy->>'automatic_decisions' FROM decision_inputs")
    assert (holder, policy in (0, "false")) == ("Mäkinen", True)


def test_inputs_come_by_time_however_many(storage: Storage, numbered: Callable[..., Order], now: datetime) -> None:
    with storage.writing() as unit:
        for count in range(1, 31):
            unit.orders.add(numbered(count))
            at = now + timedelta(minutes=(count * 7) % 31)
            unit.decision_inputs.put(DecisionInput(numbered(count).number, at, facts(), RenewalPolicy()))
        unit.commit()
    with storage.reading() as unit:
        moments = [each.at for each in unit.decision_inputs.since(now + timedelta(minutes=10))]
    assert moments == sorted(moments)
    assert len(moments) == 21
