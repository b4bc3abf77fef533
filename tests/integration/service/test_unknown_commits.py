"""A database that goes away during a commit: what was done is found, what wasn't is done, and nothing is done twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import Installation
from tests.integration.service.breaking_commits import BreakingCommits, Fate
from tests.integration.service.reviewing import APPROVE, Office, open_office
from webvartti.domain.errors import CommitUnknown
from webvartti.domain.events import EventKind, OrderState
from webvartti.domain.staff import Colleague

FATES = [
    [Fate.HAPPENED],
    [Fate.LOST],
    [Fate.HAPPENED, Fate.STILL_AWAY],
    [Fate.LOST, Fate.HAPPENED],
    [Fate.LOST, Fate.STILL_AWAY, Fate.LOST],
]
ONCE = pytest.mark.parametrize("fates", FATES, ids=lambda fates: "-".join(fate.name.lower() for fate in fates))


def breaking(office: Office) -> tuple[Office, BreakingCommits]:
    """The office, whose use cases on orders commit as is planned."""
    units = BreakingCommits(office.services.review.units)
    services = replace(
        office.services,
        renewals=replace(office.services.renewals, units=units),
        orders=replace(office.services.orders, units=units),
        review=replace(office.services.review, units=units),
    )
    return replace(office, services=services), units


@pytest.fixture
def office(installation: Installation) -> Office:
    return open_office(installation)


@ONCE
def test_a39_an_order_is_placed_once(office: Office, fates: list[Fate]) -> None:
    broken, units = breaking(office)
    units.planned = list(fates)
    order = broken.place()
    assert units.planned == []
    assert [each.number for each in office.services.orders.every(None)] == [order.number]
    assert office.actions(order.number) == ["order.placed"]
    assert office.mail() == ["order-received"]
    assert broken.place() == order


@ONCE
def test_a39_it_is_withdrawn_once(office: Office, fates: list[Fate]) -> None:
    order = office.place()
    broken, units = breaking(office)
    units.planned = list(fates)
    withdrawn = broken.services.orders.withdraw(order.number, order.person, order.version, office.now)
    assert withdrawn.state is OrderState.WITHDRAWN
    assert office.order(order.number) == withdrawn
    assert office.actions(order.number) == ["order.placed", "order.withdrawn"]
    assert office.mail() == ["order-received", "order-withdrawn"]


@ONCE
def test_a39_a_decision_is_taken_once_and_undone_once(office: Office, fates: list[Fate]) -> None:
    order = office.place()
    broken, units = breaking(office)
    reviewer = Colleague(office.holder("sari").person, "Sari")
    units.planned = list(fates)
    broken.decide(order, APPROVE, reviewer)
    units.planned = list(fates)
    broken.services.review.undo(order.number, reviewer, office.now)
    assert [event.kind for event in office.order(order.number).events] == [
        EventKind.PLACED, EventKind.DECISION_TAKEN, EventKind.DECISION_UNDONE,
    ]  # fmt: skip
    assert len(office.decisions(order.number)) == 1
    assert office.actions(order.number) == ["order.placed", "decision.taken", "decision.undone"]


@pytest.mark.parametrize("first", [Fate.HAPPENED, Fate.LOST])
def test_a39_where_the_database_stays_away_nobody_is_told_that_nothing_happened(office: Office, first: Fate) -> None:
    broken, units = breaking(office)
    units.planned = [first, *[Fate.STILL_AWAY] * 20]
    with pytest.raises(CommitUnknown):
        broken.place()
    units.planned = []
    order = broken.place()  # the same form
    assert [each.number for each in office.services.orders.every(None)] == [order.number]
