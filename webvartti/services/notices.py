"""The values that fill the words of a message about an order."""

from __future__ import annotations

from webvartti.domain.orders import Order


def message_values(order: Order, public_origin: str) -> dict[str, str]:
    """Number, the page's address in the holder's language, and the estimated days; nothing about the person."""
    return {
        "number": order.number,
        "page_url": f"{public_origin}/{order.contact.language}/orders/{order.number}",
        "card_arrives": order.estimate.card_arrives.isoformat(),
        "letter_arrives": order.estimate.letter_arrives.isoformat(),
        "reason": order.decision.reason if order.decision else "",
    }
