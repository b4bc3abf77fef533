"""Words that pages and mail share. English here; Finnish and Swedish are in the catalogues."""

from __future__ import annotations

from collections.abc import Mapping

from webvartti.domain.decisions import RejectionReason


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract this, translate later"
    """Mark a message for the catalogues."""
    return message


REJECTIONS: Mapping[RejectionReason, str] = {
    RejectionReason.RIGHT_NOT_CONFIRMED: N_("Your right to practise the profession could not be confirmed."),
    RejectionReason.IDENTITY_NOT_CONFIRMED: N_("Your identity could not be confirmed."),
    RejectionReason.ADDRESS_NOT_CONFIRMED: N_("The delivery address could not be confirmed."),
    RejectionReason.CARD_NOT_NEEDED: N_("You already have a newer card that is valid, so a new one is not needed."),
    RejectionReason.VISIT_NEEDED: N_("The card has to be ordered in person at a registration point."),
    RejectionReason.CARD_NOT_CONFIRMED: N_("We could not confirm that the card that you ordered with is valid."),
}
"""What a person who rejected chose."""
