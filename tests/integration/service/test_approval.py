"""A17: revocation is asked again at approval."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from tests.conftest import Installation
from tests.unit.domain.placed import ANNA
from tests.unit.pki.authority import KeyRing, revoked
from tests.web.lane import DAY, HOUR, Lane, open_lane
from webvartti.domain.approval import CardRevokedSince, RevocationNotKnown
from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.events import ChangeNotAllowed
from webvartti.domain.orders import Order
from webvartti.domain.review import EFFECT_DELAY, Intent

KEYS = KeyRing()


@pytest.fixture
def lane(installation: Installation) -> Lane:
    """Fresh lists, and people who decide on everything."""
    return open_lane(installation, KEYS, AUTOMATIC_DECISIONS="no", FOUR_EYES="none")


def submitted(lane: Lane) -> Order:
    assert lane.signed_in().order().status_code == 303
    order = lane.order()
    assert order.state == "submitted"
    return order


def decide(lane: Lane, order: Order, intent: Intent) -> Order:
    """Decided, and the minute over."""
    review = lane.site.services.review
    review.decide(order.number, intent, lane.order().version, ANNA, lane.now)
    lane.later(EFFECT_DELAY)
    review.settle(lane.now)
    return lane.order()


def approve(lane: Lane, order: Order) -> Order:
    return decide(lane, order, Intent(Outcome.APPROVED))


def reject(lane: Lane, order: Order, reason: RejectionReason) -> Order:
    return decide(lane, order, Intent(Outcome.REJECTED, reason))


def test_a17_what_vouches_at_approval_is_stored(lane: Lane) -> None:
    order = submitted(lane)
    assert order.revocation.crl_number == 2
    lane.later(timedelta(minutes=30))
    lane.fresh()
    approved = approve(lane, order)
    assert (approved.state, approved.revocation.state, approved.revocation.crl_number) == ("approved", "good", 3)
    assert lane.order() == approved
    decided = lane.site.services.audit.show(limit=1)[0]
    assert (decided.detail["revocation"], decided.detail["crl_number"]) == ("good", "3")


@pytest.mark.parametrize("reason", [x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold])
def test_a17_a_card_revoked_since_submit_is_not_approved(lane: Lane, reason: x509.ReasonFlags) -> None:
    order = submitted(lane)
    lane.later(timedelta(minutes=30))
    lane.fresh(lane.entry(reason=reason))
    with pytest.raises(CardRevokedSince, match="card-not-confirmed"):
        approve(lane, order)
    assert lane.order() == order
    assert reject(lane, order, RejectionReason.CARD_NOT_CONFIRMED).state == "rejected"
    assert ("order-stopped", "aino@example.fi") in lane.mail()


def test_a17_a_revoked_issuing_ca_counts_as_well(lane: Lane) -> None:
    order = submitted(lane)
    lane.later(timedelta(minutes=30))
    lane.publish(lane.root, lane.now, lane.now + DAY, revoked(lane.issuing.certificate.serial_number))
    with pytest.raises(CardRevokedSince):
        approve(lane, order)


def test_a17_without_fresh_data_nothing_is_approved_and_later_it_is(lane: Lane) -> None:
    order = submitted(lane)
    lane.later(2 * HOUR)
    with pytest.raises(RevocationNotKnown, match="load a fresh one"):
        approve(lane, order)
    for index in lane.installation.settings.revocation_directory.glob("*.sqlite"):
        index.rename(index.with_suffix(".away"))
    with pytest.raises(RevocationNotKnown):
        approve(lane, order)
    assert lane.order() == order
    for index in lane.installation.settings.revocation_directory.glob("*.away"):
        index.rename(index.with_suffix(".sqlite"))
    lane.fresh()
    assert approve(lane, order).state == "approved"


def test_a17_a_rejection_needs_no_fresh_data(lane: Lane) -> None:
    order = submitted(lane)
    lane.later(2 * HOUR)
    assert reject(lane, order, RejectionReason.VISIT_NEEDED).state == "rejected"


def test_a17_a_certificate_that_expired_since_submit_stops_nothing(installation: Installation) -> None:
    """The last status known before the end counts, and stays stored."""
    soon = installation.build().clock().replace(microsecond=0) + 3 * HOUR
    lane = open_lane(installation, KEYS, not_after={"aino": soon}, AUTOMATIC_DECISIONS="no")
    order = submitted(lane)
    lane.later(DAY)
    lane.fresh()
    approved = approve(lane, order)
    assert approved.state == "approved"
    assert approved.revocation == order.revocation
    assert (approved.revocation.state, approved.revocation.crl_number) == ("good", 2)


def test_a17_expired_and_on_the_list_is_not_approved(installation: Installation) -> None:
    soon = installation.build().clock().replace(microsecond=0) + 3 * HOUR
    lane = open_lane(installation, KEYS, not_after={"aino": soon}, AUTOMATIC_DECISIONS="no")
    order = submitted(lane)
    lane.later(DAY)
    lane.fresh(lane.entry())
    with pytest.raises(CardRevokedSince):
        approve(lane, order)


def test_a17_a_held_order_is_not_approved_past_its_hold(lane: Lane) -> None:
    lane.later(2 * HOUR)
    order = lane.hold_order()
    lane.fresh()
    with pytest.raises(ChangeNotAllowed):
        approve(lane, order)


def test_a17_an_order_that_nothing_vouches_for_is_a_person_s_to_approve(installation: Installation) -> None:
    """Expired before any list could tell: never by a rule; a person may, and the audit says what was known."""
    soon = installation.build().clock().replace(microsecond=0) + 4 * HOUR
    lane = open_lane(installation, KEYS, not_after={"aino": soon})
    lane.later(2 * HOUR)
    order = lane.hold_order()
    lane.later(DAY)
    lane.fresh()
    lane.settle()
    assert approve(lane, order).revocation.state == "stale"
    assert lane.site.services.audit.show(limit=1)[0].detail["revocation"] == "stale"


def test_a17_an_automatic_approval_rests_on_data_in_force(installation: Installation) -> None:
    """The list goes stale between sign-in and send: the order is refused, not approved."""
    lane = open_lane(installation, KEYS)
    lane.later(timedelta(minutes=50))
    visitor = lane.signed_in()
    check = visitor.follow(visitor.submit(visitor.get("/en/renewal"), "/renewal", email="a@example.fi"))
    lane.later(timedelta(minutes=11))
    assert visitor.submit(check, "/check").headers["Location"] == "/en/card"
    assert "revocation-unknown" in visitor.get("/en/card").text
    assert list(lane.site.services.orders.every(None)) == []
