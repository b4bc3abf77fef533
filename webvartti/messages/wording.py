"""The words of every message, in English: the source from which the catalogues are translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webvartti.domain.messages import MessageKind
from webvartti.domain.wording import N_


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject and the paragraphs of a body, with named placeholders."""

    subject: str
    paragraphs: tuple[str, ...]


OPTIONAL = frozenset({"reason", "help_desk", "page_url"})
"""A paragraph with one of these is left out where the message has no such value."""

GREETING = N_("Hello,")
HOW_IT_GOES_ON = N_("You can follow your order here: %(page_url)s")
PINS = N_("Nobody will ever ask you for a PIN or an activation code: not by e-mail, not by telephone, not on the web.")
WHO_WRITES = N_(
    "This message was sent automatically by WebVartti. WebVartti is not a service of the Digital and Population Data Services "
    "Agency (DVV)."
)
CLOSING = (PINS, WHO_WRITES)

WORDINGS: Mapping[MessageKind, Wording] = {
    MessageKind.ORDER_RECEIVED: Wording(
        N_("We have received your order %(number)s"),
        (
            N_("We have received your order %(number)s for a new card."),
            N_("Next, the order is checked. We will write to you when it has been decided. You need not do anything now."),
            HOW_IT_GOES_ON,
        ),
    ),
    MessageKind.ORDER_APPROVED: Wording(
        N_("Your order %(number)s has been approved"),
        (
            N_("Your order %(number)s for a new card has been approved."),
            N_(
                "Next, the card is made and sent by post. We expect it to arrive about %(card_arrives)s. The activation letter "
                "comes separately, about %(letter_arrives)s. Both days are estimates."
            ),
            N_("Your present card works as before until it expires. Keep it until you have activated the new one."),
            HOW_IT_GOES_ON,
        ),
    ),
    MessageKind.ORDER_REJECTED: Wording(
        N_("Your order %(number)s has been rejected"),
        (
            N_("Your order %(number)s for a new card has been rejected. No card will be made."),
            N_("The reason: %(reason)s"),
            N_("The page of your order tells what you can do next: %(page_url)s"),
        ),
    ),
    MessageKind.ORDER_WITHDRAWN: Wording(
        N_("Your order %(number)s has been withdrawn"),
        (
            N_("Your order %(number)s for a new card has been withdrawn. No card will be made."),
            N_("Your present card works as before. If you need a new card later, you can place a new order in WebVartti."),
        ),
    ),
    MessageKind.CONTACT_CHANGED: Wording(
        N_("A new e-mail address was given in order %(number)s"),
        (
            N_(
                "You have told us this e-mail address earlier. In order %(number)s for a new card another e-mail address was "
                "given, and we will write to that one from now on."
            ),
            N_(
                "If you gave the new address yourself, you need not do anything. If you did not, somebody else may be using "
                "your card: contact the help desk at once."
            ),
            N_("Help desk: %(help_desk)s"),
        ),
    ),
    MessageKind.ORDER_HELD: Wording(
        N_("We hold your order %(number)s"),
        (
            N_("We have received your order %(number)s for a new card."),
            N_(
                "We could not check at that moment whether cards are valid, so we hold the order. It goes on by itself as soon "
                "as the check works, and we write to you then. You need not do anything now."
            ),
            N_("If you did not order a card, somebody else may be using yours: contact the help desk at once."),
            N_("Help desk: %(help_desk)s"),
        ),
    ),
    MessageKind.ORDER_RELEASED: Wording(
        N_("Your order %(number)s goes on"),
        (
            N_("We held your order %(number)s for a new card. It goes on now."),
            N_("Next, the order is checked. We will write to you when it has been decided. You need not do anything now."),
            HOW_IT_GOES_ON,
        ),
    ),
    MessageKind.ORDER_QUESTION: Wording(
        N_("We need to know more for your order %(number)s"),
        (
            N_("A person who looks at your order %(number)s for a new card has a question for you."),
            N_("Read it and answer on the page of your order: %(page_url)s"),
            N_("The order waits for your answer. The question is not in this message, because e-mail is not confidential."),
        ),
    ),
    MessageKind.ORDER_STOPPED: Wording(
        N_("Your order %(number)s has been stopped"),
        (
            N_("Your order %(number)s for a new card has been stopped. No card will be made."),
            N_("The reason: we could not confirm that the card that you ordered with is valid."),
            N_(
                "You can order a new card at a registration point: take your passport or identity card with you. If you think "
                "that this is wrong, contact the help desk and give the number of the order."
            ),
            N_("Help desk: %(help_desk)s"),
        ),
    ),
}
