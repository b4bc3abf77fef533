"""How an order is placed and how it changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.unit.domain.facts import HOME, NOW, TODAY, facts, holder
from webvartti.domain.decisions import decide
from webvartti.domain.eligibility import RenewalPolicy, findings
from webvartti.domain.events import (
    OPEN_STATES,
    TRANSITIONS,
    Actor,
    ActorKind,
    ChangeNotAllowed,
    EventKind,
    OrderState,
    next_state,
)
from webvartti.domain.orders import (
    Contact,
    Delivery,
    Estimate,
    LetterTo,
    Order,
    Placement,
    RenewalBlocked,
    ResolvedChoices,
    can_be_withdrawn,
    decided,
    happened,
    order_number,
    place,
)
from webvartti.domain.products import CardKind, Product

OPERATOR = Actor(ActorKind.OPERATOR, "olli")
CHOICES = ResolvedChoices(Delivery(HOME, LetterTo.HOME, HOME), Contact("aino@example.fi", "", "fi"))
ALLOWED: dict[tuple[str | None, str], str] = {
    (None, "placed"): "submitted",
    ("submitted", "held"): "held",
    ("submitted", "information-requested"): "more-information-needed",
    ("submitted", "approved"): "approved",
    ("submitted", "rejected"): "rejected",
    ("submitted", "withdrawn"): "withdrawn",
    ("held", "released"): "submitted",
    ("held", "rejected"): "rejected",
    ("held", "withdrawn"): "withdrawn",
    ("more-information-needed", "information-given"): "submitted",
    ("more-information-needed", "rejected"): "rejected",
    ("more-information-needed", "withdrawn"): "withdrawn",
    **{
        (state, f"decision-{step}"): state
        for state in ("submitted", "held", "more-information-needed")
        for step in ("taken", "seconded", "declined", "undone")
    },
    ("approved", "review-requested"): "submitted",
    ("rejected", "review-requested"): "submitted",
    ("approved", "held"): "held",
    ("approved", "rejected"): "rejected",
    ("approved", "withdrawn"): "withdrawn",
    ("approved", "handed-off"): "in-production",
    ("in-production", "dispatched"): "dispatched",
    ("dispatched", "delivered"): "delivered",
    ("dispatched", "returned"): "returned",
}


def placed(**changes: object) -> Order:
    found = findings(facts(**changes), RenewalPolicy(), TODAY)
    placement = Placement(
        "WV-7K3M-9Q4P", holder(), "Aino Maria Mäkinen", Product(CardKind.PROFESSIONAL, True, "001"),
        Estimate(date(2026, 12, 8), date(2026, 12, 14), date(2031, 11, 23)), found, facts().revocation, {},
        NOW + timedelta(hours=24),
    )  # fmt: skip
    return place(CHOICES, placement, NOW)


@pytest.mark.parametrize("event", EventKind)
@pytest.mark.parametrize("state", [None, *OrderState])
def test_a31_every_state_and_event_pair(state: OrderState | None, event: EventKind) -> None:
    after = ALLOWED.get((state, event))
    if after is None:
        with pytest.raises(ChangeNotAllowed) as refused:
            next_state(state, event)
        assert (refused.value.state, refused.value.event) == (state, event)
    else:
        assert next_state(state, event) == after


def test_a31_the_picture_in_the_documentation_is_the_table() -> None:
    text = (Path(__file__).parents[3] / "docs" / "orders.md").read_text(encoding="utf-8")
    for (state, event), after in TRANSITIONS.items():
        assert f"    {state.name if state else '[*]'} --> {after.name}: {event}\n" in text
    assert text.count("-->") == len(TRANSITIONS)


def test_states_without_a_way_out_are_not_open_and_a_rejection_can_be_looked_at_anew() -> None:
    ended = {state for state in OrderState if not any(before is state for before, _ in TRANSITIONS)}
    assert ended | {OrderState.REJECTED} == set(OrderState) - OPEN_STATES
    assert [event for before, event in TRANSITIONS if before is OrderState.REJECTED] == [EventKind.REVIEW_REQUESTED]


def test_an_order_keeps_its_product_and_history() -> None:
    order = placed()
    approved = decided(order, decide(order.findings, NOW) or pytest.fail("needs no person"))
    assert approved.product == order.product
    assert approved.version == 2
    assert [(event.kind, event.state) for event in approved.events] == [("placed", "submitted"), ("approved", "approved")]


def test_what_blocks_can_not_be_placed() -> None:
    with pytest.raises(RenewalBlocked) as refused:
        placed(rights=())
    assert [finding.code for finding in refused.value.findings] == ["right-missing"]


def test_withdrawing_ends_with_the_hand_off() -> None:
    order = placed()
    approved = decided(order, decide(order.findings, NOW) or pytest.fail("needs no person"))
    assert can_be_withdrawn(approved)
    made = happened(approved, EventKind.HANDED_OFF, OPERATOR, NOW)
    assert not can_be_withdrawn(made)
    with pytest.raises(ChangeNotAllowed):
        happened(made, EventKind.WITHDRAWN, OPERATOR, NOW)


def test_order_numbers_are_easy_to_say_and_hard_to_guess() -> None:
    numbers = {order_number(str(seed)) for seed in range(2000)}
    assert len(numbers) == 2000
    assert all(len(number) == 12 and not set(number[3:]) & set("01IOUAELSBZ") for number in numbers)
