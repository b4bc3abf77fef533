"""Who may type in an order while revocation data is stale, and what a list says of an order that is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from tests.unit.domain.facts import NOW, holder
from tests.unit.domain.test_orders import placed
from webvartti.domain.approval import vouching_for
from webvartti.domain.certificates import CLOCK_SKEW, AcceptedCard, RevocationStale, RevocationState, RevocationStatus
from webvartti.domain.draft_lane import admitted
from webvartti.domain.held_orders import HeldOrder, HeldVerdict, judge_held
from webvartti.domain.permissions import PERMISSIONS, Permission, Role
from webvartti.domain.sessions import SessionKind, SessionLimits, Ticket, session_end

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LANE = 24 * HOUR


def stale_status(next_update: datetime | None, revoked_at: datetime | None = None) -> RevocationStatus:
    return RevocationStatus(RevocationState.STALE, 7, NOW - 48 * HOUR, next_update, revoked_at)


GOOD = RevocationStatus(RevocationState.GOOD, 9, NOW - HOUR, NOW + HOUR)


def refused(*concerned: RevocationStatus) -> RevocationStale:
    refusal = RevocationStale()
    refusal.concerned = concerned
    refusal.accepted = AcceptedCard(holder(), concerned[0], ("leaf",))
    return refusal


@pytest.mark.parametrize("late", [SECOND, HOUR, LANE])
def test_a18_open_from_next_update_to_the_lane_s_end(late: timedelta) -> None:
    card = admitted(refused(stale_status(NOW - late)), LANE, NOW)
    assert card.revocation.state is RevocationState.STALE
    assert card.revocation.next_update == NOW - late


@pytest.mark.parametrize(
    "concerned",
    [
        (stale_status(NOW - LANE - SECOND),),
        (stale_status(NOW + HOUR),),  # stale because its thisUpdate is in the future: a clock is wrong
        (stale_status(None),),
        (stale_status(NOW - HOUR, NOW - 48 * HOUR),),  # on hold on the old list
        (stale_status(NOW - HOUR), stale_status(NOW - LANE - SECOND)),  # the oldest counts
        (stale_status(NOW - HOUR), stale_status(NOW - HOUR, NOW)),  # its CA is on hold on the old list
        (stale_status(NOW - HOUR), stale_status(NOW + HOUR)),
        (GOOD,),
    ],
)
def test_a18_closed_otherwise(concerned: tuple[RevocationStatus, ...]) -> None:
    refusal = refused(*concerned)
    with pytest.raises(RevocationStale) as raised:
        admitted(refusal, LANE, NOW)
    assert raised.value is refusal


def test_a18_a_lane_of_nothing_is_closed() -> None:
    with pytest.raises(RevocationStale):
        admitted(refused(stale_status(NOW - timedelta(microseconds=1))), timedelta(0), NOW)


def test_a18_a_refusal_without_a_card_opens_nothing() -> None:
    with pytest.raises(RevocationStale):
        admitted(RevocationStale(), LANE, NOW)


def test_a18_the_leaf_good_and_its_ca_s_list_stale_is_stale() -> None:
    card = admitted(refused(GOOD, stale_status(NOW - HOUR)), LANE, NOW)
    assert (card.revocation.state, card.revocation.next_update) == (RevocationState.STALE, NOW - HOUR)


def test_a18_a_draft_session_ends_with_the_lane_at_the_latest() -> None:
    limits = SessionLimits(HOUR / 4, HOUR)
    ticket = Ticket("t", "c", SessionKind.DRAFT, holder(), stale_status(NOW - LANE + HOUR / 2), "fi", NOW)
    assert session_end(ticket, NOW, limits, LANE) == NOW + HOUR / 2
    assert session_end(replace(ticket, revocation=stale_status(NOW - SECOND)), NOW, limits, LANE) == NOW + HOUR
    assert session_end(replace(ticket, revocation=stale_status(None)), NOW, limits, LANE) == NOW
    ending = replace(ticket, holder=holder(not_after=NOW + SECOND))
    assert session_end(ending, NOW, limits, LANE) == NOW + SECOND
    assert session_end(replace(ticket, kind=SessionKind.FULL), NOW, limits, LANE) == NOW + HOUR


def test_a18_a_draft_holder_reads_nothing() -> None:
    may = PERMISSIONS[Role.DRAFT_HOLDER]
    assert may == {Permission.PUBLIC, Permission.ORDER_TYPE_IN, Permission.SESSION_END}
    assert Permission.ORDER_TYPE_IN not in PERMISSIONS[Role.HOLDER]


PLACED = HeldOrder("WV-1", holder(), NOW)
BEFORE, WITHIN_THE_SKEW, AFTER = NOW - SECOND, NOW + CLOCK_SKEW, NOW + CLOCK_SKEW + SECOND
PAST_THE_END = holder().not_after + SECOND


def every_status() -> Iterator[RevocationStatus]:
    for state, this_update in product(RevocationState, (BEFORE, NOW, WITHIN_THE_SKEW, AFTER, PAST_THE_END, None)):
        yield RevocationStatus(state, 9, this_update, None)


@pytest.mark.parametrize("status", list(every_status()), ids=lambda status: f"{status.state}-{status.this_update}")
def test_a18_every_state_and_date_of_a_list(status: RevocationStatus) -> None:
    verdict = judge_held(PLACED, status)
    if status.state in (RevocationState.REVOKED, RevocationState.ON_HOLD):
        assert verdict is HeldVerdict.LISTED
    elif status.state is RevocationState.GOOD and status.this_update == AFTER:
        assert verdict is HeldVerdict.GOOD
    elif status.state is RevocationState.GOOD and status.this_update == PAST_THE_END:
        assert verdict is HeldVerdict.EXPIRED_BEFORE
    else:
        assert verdict is HeldVerdict.WAITS


def test_a18_of_lists_in_parts_the_earliest_must_be_made_after_the_order() -> None:
    parts = RevocationStatus(RevocationState.GOOD, 9, AFTER, None, earliest_update=BEFORE, latest_update=AFTER)
    assert judge_held(PLACED, parts) is HeldVerdict.WAITS
    assert judge_held(PLACED, replace(parts, earliest_update=AFTER)) is HeldVerdict.GOOD
    assert judge_held(PLACED, replace(parts, earliest_update=AFTER, latest_update=PAST_THE_END)) is HeldVerdict.EXPIRED_BEFORE


MOMENTS = (BEFORE, NOW, WITHIN_THE_SKEW, AFTER, PAST_THE_END)
SPANS = [(earliest, latest) for earliest, latest in product(MOMENTS, MOMENTS) if earliest <= latest]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("shown", ["earliest", "latest"])
def test_a18_whichever_list_is_shown_the_first_and_the_last_decide(span: tuple[datetime, datetime], shown: str) -> None:
    earliest, latest = span
    status = RevocationStatus(
        RevocationState.GOOD, 9, earliest if shown == "earliest" else latest, earliest_update=earliest, latest_update=latest
    )
    if earliest - CLOCK_SKEW <= PLACED.placed_at:
        expected = HeldVerdict.WAITS
    else:
        expected = HeldVerdict.EXPIRED_BEFORE if latest > PLACED.holder.not_after else HeldVerdict.GOOD
    assert judge_held(PLACED, status) is expected


@pytest.mark.parametrize("span", SPANS)
def test_a17_the_last_list_decides_whether_today_s_status_vouches(span: tuple[datetime, datetime]) -> None:
    """The silence of a list made after the certificate's end says nothing, whichever list is shown."""
    earliest, latest = span
    order = replace(placed(), certificate_not_after=PLACED.holder.not_after)
    today = RevocationStatus(RevocationState.GOOD, 9, earliest, earliest_update=earliest, latest_update=latest)
    assert vouching_for(order, today) is (order.revocation if latest > order.certificate_not_after else today)
