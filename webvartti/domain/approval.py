"""Revocation is asked again when an order is approved: what the answer means."""

from __future__ import annotations

from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.orders import Order


class ApprovalRefused(WebVarttiError):
    """The order can't be approved as its card stands today."""

    code = "approval-refused"


class CardRevokedSince(ApprovalRefused):
    """The card has been revoked or put on hold since it ordered."""

    code = "card-revoked-since"


class RevocationNotKnown(ApprovalRefused):
    """No CRL in force tells whether the card is revoked: approve the order once there is a fresh one."""

    code = "revocation-not-known"


def vouching_for(order: Order, status: RevocationStatus) -> RevocationStatus:
    """The status on which an approval rests: today's, or the last one known where the certificate has expired since.

    An expired certificate leaves the list (RFC 5280 3.3), so the silence of a list made after its end says nothing; a mere
    expiry doesn't stop an order. Raises CardRevokedSince, RevocationNotKnown.
    """
    if status.state in (RevocationState.REVOKED, RevocationState.ON_HOLD):
        raise CardRevokedSince(
            f"the card is {status.state} on CRL {status.crl_number}: reject {order.number} as card-not-confirmed"
        )
    if status.state is not RevocationState.GOOD or status.this_update is None:
        raise RevocationNotKnown(f"no CRL in force tells of the card: load a fresh one, then approve {order.number}")
    return order.revocation if status.is_past(order.certificate_not_after) else status
