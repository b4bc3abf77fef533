"""What becomes of held orders, by themselves: released, stopped, left to a person, or still waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from click.testing import CliRunner
from cryptography import x509

from tests.conftest import Installation
from tests.unit.domain.placed import ANNA, BENGT
from tests.unit.pki.authority import KeyRing
from tests.web.lane import DAY, HOUR, Lane, open_lane
from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.errors import StorageUnavailable
from webvartti.domain.held_orders import HeldOrder
from webvartti.domain.orders import Order
from webvartti.domain.review import EFFECT_DELAY, Intent
from webvartti.main import main

KEYS = KeyRing()


@pytest.fixture
def lane(installation: Installation) -> Lane:
    """An hour after the nextUpdate of the issuing CA's list."""
    lane = open_lane(installation, KEYS)
    lane.later(2 * HOUR)
    return lane


def rows(lane: Lane) -> tuple[HeldOrder, ...]:
    with lane.site.services.renewals.units.reading() as unit:
        return unit.held_orders.waiting()


def waiting(lane: Lane) -> list[str]:
    return [each.number for each in rows(lane)]


def events(order: Order) -> list[tuple[str, str]]:
    return [(str(event.kind), str(event.state)) for event in order.events]


def actions(lane: Lane, order: Order) -> list[str]:
    return [entry.action for entry in lane.site.services.audit.show(limit=20, order=order.number)]


def test_a18_a_list_made_after_the_order_releases_and_approves_it(lane: Lane) -> None:
    lane.hold_order(**lane.home())
    lane.later(HOUR)
    lane.fresh()
    assert lane.site.services.worker.held.settle(lane.now, stopping=lambda: True) == 0
    assert lane.settle() == 1
    order = lane.order()
    assert events(order) == [
        ("placed", "submitted"), ("held", "held"), ("released", "submitted"), ("approved", "approved"),
    ]  # fmt: skip
    assert dict(order.events[2].reason) == {"reason": "good", "crl": "3"}
    assert (order.revocation.state, order.revocation.crl_number) == ("good", 3)
    assert order.decision is not None
    assert order.decision.actor.name == "automatic-decision"
    assert order.withdrawable_until == lane.now + timedelta(hours=24)
    assert actions(lane, order)[:3] == ["order.decided", "order.released", "order.placed"]
    assert lane.mail() == [("order-approved", "typed@example.fi")]
    assert waiting(lane) == []
    assert lane.settle() == 0


def test_a18_what_needs_a_person_is_released_to_one(lane: Lane) -> None:
    lane.hold_order()  # to another address than the register's
    lane.later(HOUR)
    lane.fresh()
    assert lane.settle() == 1
    order = lane.order()
    assert (order.state, order.decision, [finding.code for finding in order.findings]) == (
        "submitted", None, ["address-differs"],
    )  # fmt: skip
    assert lane.mail() == [("order-released", "typed@example.fi")]


@pytest.mark.parametrize("made_before", [timedelta(minutes=10), timedelta(seconds=1)])
def test_a18_a_list_made_before_the_order_says_nothing_new(lane: Lane, made_before: timedelta) -> None:
    order = lane.hold_order()
    lane.later(HOUR)
    lane.fresh(made=order.placed_at - made_before)
    assert lane.settle() == 0
    assert lane.order() == order
    lane.later(HOUR)
    lane.fresh()
    assert lane.settle() == 1


def test_a18_a_list_that_goes_stale_again_releases_nothing(lane: Lane) -> None:
    order = lane.hold_order()
    lane.later(HOUR)
    lane.publish(lane.issuing, lane.now, lane.now + HOUR)
    lane.later(2 * HOUR)
    assert lane.settle() == 0
    lane.later(30 * DAY)
    assert lane.settle() == 0
    assert lane.order() == order


@pytest.mark.parametrize("made_before", [timedelta(0), 3 * HOUR])
@pytest.mark.parametrize("reason", [None, x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold])
def test_a18_a_card_on_a_list_stops_the_order_whenever_that_was_made(
    lane: Lane, reason: x509.ReasonFlags | None, made_before: timedelta
) -> None:
    lane.hold_order(**lane.home())
    lane.later(HOUR)
    lane.fresh(lane.entry(reason=reason), made=lane.now - made_before)
    assert lane.settle() == 1
    order = lane.order()
    assert events(order)[-1] == ("rejected", "rejected")
    listed = "on-hold" if reason is x509.ReasonFlags.certificate_hold else "revoked"
    why = order.events[-1].reason
    assert (why["reason"], why["revocation"], why["crl"]) == ("card-not-confirmed", listed, "3")
    assert order.revocation.state == listed
    assert lane.mail() == [("order-stopped", "typed@example.fi")]
    assert actions(lane, order)[:2] == ["order.decided", "order.stopped"]
    assert lane.settle() == 0
    with lane.site.services.renewals.units.reading() as unit:
        assert unit.contacts.get(order.person) is None


def test_a18_the_stopped_holder_is_told_in_words_with_the_next_step(lane: Lane) -> None:
    lane.hold_order()
    lane.later(HOUR)
    lane.fresh(lane.entry())
    lane.settle()
    lane.later(HOUR)
    lane.settle()
    mails = [file.read_text(encoding="utf-8") for file in sorted((lane.installation.directory / "mail").iterdir())]
    stopped = next(mail for mail in mails if "has been stopped" in mail)
    assert "registration point" in " ".join(stopped.split())
    assert "revoked" not in stopped


def test_a18_a_certificate_that_expired_before_the_list_goes_to_a_person(installation: Installation) -> None:
    soon = installation.build().clock().replace(microsecond=0) + 4 * HOUR
    lane = open_lane(installation, KEYS, not_after={"aino": soon})
    lane.later(2 * HOUR)
    lane.hold_order(**lane.home())
    lane.later(DAY)
    lane.fresh()
    assert lane.settle() == 1
    order = lane.order()
    assert (order.state, order.decision) == ("submitted", None)
    assert "revocation-never-confirmed" in [finding.code for finding in order.findings]
    assert order.revocation.state == "stale"  # nothing has vouched for it, and nothing pretends to have
    assert dict(order.events[-1].reason) == {"reason": "expired-before", "crl": "3"}


def test_a18_a_revoked_card_is_stopped_although_it_expired(installation: Installation) -> None:
    """RFC 5280 3.3: the first list after the end still holds the entry."""
    soon = installation.build().clock().replace(microsecond=0) + 4 * HOUR
    lane = open_lane(installation, KEYS, not_after={"aino": soon})
    lane.later(2 * HOUR)
    lane.hold_order()
    lane.later(DAY)
    lane.fresh(lane.entry())
    assert lane.settle() == 1
    assert lane.order().state == "rejected"


def test_a18_two_nodes_release_once(lane: Lane) -> None:
    for slug in ("aino", "bjorn"):
        lane.hold_order(slug, email=f"{slug}@example.fi")
    lane.later(HOUR)
    lane.fresh()
    nodes = [lane.installation.build().held_orders for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        settled = list(pool.map(lambda node: node.settle(lane.now), nodes))
    assert sum(settled) == 2
    for order in lane.site.services.orders.every(None):
        assert [kind for kind, _ in events(order)].count("released") == 1
        assert actions(lane, order).count("order.released") == 1
    told = [kind for kind, _ in lane.mail()]
    assert told.count("order-released") == 2


def test_a18_all_of_a_release_or_nothing(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    order = lane.hold_order()
    lane.later(HOUR)
    lane.fresh()
    units = lane.site.services.renewals.units
    with units.writing() as unit:
        kind = type(unit)

    def fail(self: object) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(kind, "commit", fail)
        with pytest.raises(StorageUnavailable):
            lane.site.services.held_orders.settle(lane.now)
    assert lane.order() == order
    assert waiting(lane) == [order.number]
    assert lane.settle() == 1


def withdraw(lane: Lane, order: Order) -> None:
    lane.site.services.orders.withdraw(order.number, order.person, order.version, lane.now)


def reject(lane: Lane, order: Order) -> None:
    review = lane.site.services.review
    review.decide(order.number, Intent(Outcome.REJECTED, RejectionReason.VISIT_NEEDED), order.version, ANNA, lane.now)
    review.agree(order.number, BENGT, lane.now)
    lane.later(EFFECT_DELAY)
    assert review.settle(lane.now) == 1


def test_a18_a_long_queue_takes_turns(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webvartti.services.held_orders._ASKED_AT_ONCE", 1)
    for slug in ("aino", "bjorn"):
        lane.hold_order(slug)
    lane.later(HOUR)
    lane.fresh(lane.entry("aino"), made=lane.now - 3 * HOUR)  # stops one, says nothing new of the other
    settled = 0
    for _ in range(40):  # which part's turn it is is drawn from the clock
        lane.later(timedelta(seconds=1))
        settled += lane.settle()
    assert settled == 1
    assert sorted(lane.states()) == ["held", "rejected"]


@pytest.mark.parametrize("end", [withdraw, reject])
def test_a18_an_order_that_ended_meanwhile_stays_ended(lane: Lane, end: Callable[[Lane, Order], None]) -> None:
    order = lane.hold_order()
    (row,) = rows(lane)
    end(lane, order)
    ended = lane.order()
    assert waiting(lane) == []
    with lane.site.services.renewals.units.writing() as unit:  # were the row still there
        unit.held_orders.add(row)
        unit.commit()
    lane.later(HOUR)
    lane.fresh()
    assert lane.settle() == 0
    assert lane.order() == ended
    assert waiting(lane) == []


def test_a18_operators_see_what_is_held_and_why(lane: Lane) -> None:
    order = lane.hold_order()
    environ = lane.installation.environ
    told = CliRunner().invoke(main, ["orders", "list", "--state", "held"], env=environ).output
    assert order.number in told
    assert "held: revocation-stale (CRL 2)" in told
    shown = CliRunner().invoke(main, ["orders", "show", order.number], env=environ).output
    assert "held by revocation-check (reason=revocation-stale crl=2)" in shown


def test_a18_more_than_one_round_s_worth_is_settled_in_time(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webvartti.services.held_orders._MOST_AT_ONCE", 1)
    for slug in ("aino", "bjorn"):
        lane.hold_order(slug)
    lane.later(HOUR)
    lane.fresh()
    assert [lane.settle() for _ in range(3)] == [1, 1, 0]
