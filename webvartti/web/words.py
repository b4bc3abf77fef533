"""What people read for every code: findings, states, events, decisions. English here, Finnish and Swedish in the catalogues."""

from __future__ import annotations

from dataclasses import dataclass

from webvartti.domain.events import EventKind, OrderState
from webvartti.domain.permissions import Role
from webvartti.domain.products import CardKind
from webvartti.domain.review import LetterKind
from webvartti.domain.wording import N_


@dataclass(frozen=True, slots=True)
class Words:
    """What happened and why, and the one next step (empty where there is nothing to do)."""

    what: str
    next_step: str = ""


VISIT = N_("Book a visit to a registration point. Take your passport or identity card with you.")

FINDINGS: dict[str, Words] = {
    "product-not-renewable": Words(
        N_("Only professional cards can be renewed here. This card is of another kind."),
        N_("Your employer orders staff and actor cards; a registration point gives backup cards."),
    ),
    "card-not-in-register": Words(
        N_("Your card isn't in our card register, so we can't tell which card to make again."), VISIT
    ),
    "right-missing": Words(
        N_("We can't find your right to practise in the register of professional rights."),
        N_("Ask the authority that keeps the register to check your registration."),
    ),
    "right-ended": Words(
        N_("Your right to practise ended on %(valid_until)s."),
        N_("Ask the authority that keeps the register to check your registration."),
    ),
    "right-not-yet-valid": Words(
        N_("Your right to practise begins on %(valid_from)s."), N_("Come back on that day or later.")
    ),
    "right-restricted": Words(N_("Your right to practise is restricted, so a person handles this order.")),
    "right-shortens-validity": Words(
        N_("The new card is valid until %(valid_until)s, because your right to practise ends then.")
    ),
    "name-changed": Words(
        N_("Your name in the register (%(in_register)s) isn't the one on this card (%(on_card)s)."
           " The new card carries the name in the register."),
    ),
    "window-not-open": Words(
        N_("It's too early to renew this card. You can order a new one from %(opens)s."), N_("Come back on that day or later.")
    ),
    "order-open": Words(
        N_("A new card is already on its way: order %(number)s."), N_("Follow the order on the page My orders.")
    ),
    "newer-card-held": Words(N_("You have a newer card for the same profession, so a person handles this order.")),
    "certificate-revoked": Words(N_("This card has been revoked. It can't be used to order a new one."), VISIT),
    "certificate-on-hold": Words(
        N_("This card is on hold. It can't be used to order a new one."), N_("Call the help desk to have the hold looked at.")
    ),
    "revocation-unknown": Words(
        N_("We can't check right now whether this card is valid, so we take no orders with it."), N_("Try again in an hour.")
    ),
    "non-disclosure": Words(
        N_("You have a non-disclosure order, so your address is never shown or used here."), VISIT
    ),
    "address-undeliverable": Words(
        N_("The address can't be delivered to as it is written."), N_("Correct the address.")
    ),
    "address-differs": Words(N_("The address isn't the one in the population register, so a person checks it.")),
    "address-abroad": Words(N_("The address is abroad, so a person checks the order.")),
    "letter-to-organisation": Words(N_("The activation letter goes to your workplace: %(organisation)s.")),
    "revocation-never-confirmed": Words(
        N_("Your card expired on %(expired)s, before we could check whether it was valid when you ordered, so a person handles"
           " this order."),
    ),
    "delivery-unknown": Words(
        N_("The registers no longer have the address that you chose for the letter, so a person handles this order.")
    ),
    "everything-to-people": Words(N_("A person checks every order.")),
    "new-look": Words(N_("You asked for a person to look at the decision anew.")),
}  # fmt: skip

STATES: dict[OrderState, str] = {
    OrderState.SUBMITTED: N_("In handling"),
    OrderState.HELD: N_("On hold"),
    OrderState.MORE_INFORMATION_NEEDED: N_("We need more information from you"),
    OrderState.APPROVED: N_("Approved"),
    OrderState.REJECTED: N_("Rejected"),
    OrderState.WITHDRAWN: N_("Withdrawn by you"),
    OrderState.IN_PRODUCTION: N_("The card is being made"),
    OrderState.DISPATCHED: N_("The card is in the mail"),
    OrderState.DELIVERED: N_("The card has arrived"),
    OrderState.RETURNED: N_("The card came back to us"),
}

STATE_MEANINGS: dict[OrderState, str] = {
    OrderState.SUBMITTED: N_("A person looks at your order. We write to you when it's decided."),
    OrderState.HELD: N_("We have stopped the order for the time being. You don't need to do anything."),
    OrderState.MORE_INFORMATION_NEEDED: N_("The order waits for your answer."),
    OrderState.APPROVED: N_("Your order is accepted and waits for the card to be made."),
    OrderState.REJECTED: N_("You won't get a new card with this order."),
    OrderState.WITHDRAWN: N_("You took the order back. You can order again whenever you like."),
    OrderState.IN_PRODUCTION: N_("The order can't be changed any more."),
    OrderState.DISPATCHED: N_("The activation letter follows in a few working days."),
    OrderState.DELIVERED: N_("Activate the new card with the code in the letter."),
    OrderState.RETURNED: N_("The mail couldn't deliver the card. Call the help desk."),
}

EVENTS: dict[EventKind, str] = {
    EventKind.PLACED: N_("You sent the order"),
    EventKind.HELD: N_("The order was put on hold"),
    EventKind.RELEASED: N_("The hold ended"),
    EventKind.INFORMATION_REQUESTED: N_("We asked you for more information"),
    EventKind.INFORMATION_GIVEN: N_("You answered"),
    EventKind.DECISION_TAKEN: N_("A person has looked at the order"),
    EventKind.DECISION_SECONDED: N_("A second person has looked at the order"),
    EventKind.DECISION_DECLINED: N_("The order is looked at again"),
    EventKind.DECISION_UNDONE: N_("A person looks at the order once more"),
    EventKind.REVIEW_REQUESTED: N_("You asked for a new look"),
    EventKind.APPROVED: N_("The order was approved"),
    EventKind.REJECTED: N_("The order was rejected"),
    EventKind.WITHDRAWN: N_("You withdrew the order"),
    EventKind.HANDED_OFF: N_("The card went into production"),
    EventKind.DISPATCHED: N_("The card was mailed"),
    EventKind.DELIVERED: N_("The card arrived"),
    EventKind.RETURNED: N_("The card came back"),
}

LETTERS: dict[LetterKind, str] = {
    LetterKind.QUESTION: N_("We ask you:"),
    LetterKind.ANSWER: N_("You answered:"),
    LetterKind.NEW_LOOK: N_("You asked for a new look:"),
}

ROLES: dict[Role, str] = {
    Role.REVIEWER: N_("Reviewer"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.OPERATOR: N_("Operator"),
    Role.AUDITOR: N_("Auditor"),
}
"""Of the staff."""

ROLE_RIGHTS: dict[Role, str] = {
    Role.REVIEWER: N_("Opens cases and decides on them."),
    Role.SUPERVISOR: N_("Also grants roles, changes rules and reads everything."),
    Role.OPERATOR: N_("Reads roles, rules and figures; handles no cases."),
    Role.AUDITOR: N_("Reads everything and changes nothing."),
}

KINDS: dict[CardKind, str] = {
    CardKind.PROFESSIONAL: N_("Professional card"),
    CardKind.STAFF: N_("Staff card"),
    CardKind.ACTOR: N_("Actor card"),
    CardKind.BACKUP: N_("Backup card"),
    CardKind.TEST: N_("Test card"),
}

REFUSALS: dict[str, Words] = {
    "no-certificate": Words(
        N_("Your browser didn't send a card certificate."),
        N_("Put your card in the reader, close all browser windows, then try again."),
    ),
    "certificate-expired": Words(N_("Your card has expired, so it can't be renewed here."), VISIT),
    "certificate-not-yet-valid": Words(
        N_("Your card isn't valid yet."), N_("Try again when the card's validity has begun, or call the help desk.")
    ),
    "signing-certificate-chosen": Words(
        N_("You chose the signing certificate of your card."),
        N_("Close all browser windows, then try again and choose the other certificate of the same card: the one that asks for"
           " PIN1, the basic PIN."),
    ),
    "certificate-revoked": Words(N_("This card has been revoked."), VISIT),
    "certificate-on-hold": Words(N_("This card is on hold."), N_("Call the help desk to have the hold looked at.")),
    "revocation-stale": Words(
        N_("We can't check right now whether cards are valid, so nobody can sign in."), N_("Try again in an hour.")
    ),
    "revocation-missing": Words(
        N_("We can't check right now whether cards are valid, so nobody can sign in."), N_("Try again in an hour.")
    ),
    "test-card-in-production": Words(
        N_("This is a test card."), N_("Close all browser windows, then try again with your own card.")
    ),
    "real-card-in-test": Words(
        N_("This is a test service that takes test cards only."), N_("Go to the real service with your own card.")
    ),
    "issuer-unknown": Words(
        N_("This isn't a certificate of a health or social care card."),
        N_("Close all browser windows, then try again and choose the certificate of your health or social care card."),
    ),
}  # fmt: skip

REFUSED_OTHERWISE = Words(
    N_("This certificate can't be accepted."), N_("Call the help desk and tell them the code on this page.")
)


NO_PAGE = Words(N_("There is no such page"), N_("Check the address, or start from the front page."))

ERRORS: dict[str, Words] = {
    "400": Words(
        N_("The request can't be handled"),
        N_("Your browser sent something that this service doesn't understand. Start again from the front page."),
    ),
    "403": Words(
        N_("This isn't allowed"),
        N_("The page may have been open too long, or cookies are switched off. Nothing was changed. Go back, load the page anew"
           " and try again."),
    ),
    "404": NO_PAGE,
    "405": NO_PAGE,
    "413": Words(
        N_("That was too long"), N_("The form holds more text than this service takes. Go back and shorten it.")
    ),
    "421": Words(
        N_("Wrong address"), N_("This server doesn't answer to the address that your browser asked for.")
    ),
    "feedback-full": Words(
        N_("There is too much feedback right now"),
        N_("Your feedback was not stored. Try again in an hour, or write to the help desk."),
    ),
    "no-such-check": Words(
        N_("There is no check with this support code"),
        N_("Support codes are forgotten after 14 days. Look at the code again, or make a new check: Does my card work?"),
    ),
    "too-many-checks": Words(
        N_("Too many checks are being made right now"),
        N_("Nothing was stored. Try again in an hour, or look by yourself as the page of the check says."),
    ),
    "500": Words(
        N_("Something went wrong"),
        N_("The fault is ours, and it has been written down. Nothing was changed unless a page has told you so. Try again in a"
           " while; if it happens again, call the help desk."),
    ),
    "unavailable": Words(
        N_("The service can't be used right now"), N_("Try again in a few minutes. What you had sent before is safe.")
    ),
    "commit-unknown": Words(
        N_("It isn't certain whether this was stored"),
        N_("The database went away at the very moment of storing. Load this page again in a minute: your browser then sends the"
           " same form once more, and no second order is made. What has been stored you see on the page My orders."),
    ),
    "audit-unavailable": Words(
        N_("You can look, but nothing can be changed right now"),
        N_("Nothing was changed. We have to keep a record of every change, and that isn't possible at the moment. Try again"
           " in a few minutes."),
    ),
    "register-unavailable": Words(
        N_("The registers don't answer"),
        N_("Without them we can't tell what you may order. Try again in a few minutes. What you had sent before is safe."),
    ),
    "draft-session": Words(
        N_("You can't see this page yet"),
        N_("We couldn't check whether your card is valid when you signed in, so you can only fill in an order. Sign in again"
           " to see whether the check works."),
    ),
    "session-ended": Words(
        N_("Your session has ended"),
        N_("Nothing of this form was stored, because nobody was signed in any more. Sign in again to go on."),
    ),
    "sign-in-too-old": Words(
        N_("Sign in again to do this"),
        N_("You signed in more than 15 minutes ago, and this needs a fresh sign-in. Nothing was changed. Sign in again, then go"
           " back to the page and do it once more."),
    ),
    "ticket-not-valid": Words(
        N_("The sign-in couldn't be finished"),
        N_("It took too long, or was started in another browser window. Sign in again."),
    ),
}  # fmt: skip
"""By HTTP status or by the code of the error."""


def words_of_refusal(code: str) -> Words:
    """The words for a refused certificate; causes that only a specialist understands share one text and differ in code."""
    return REFUSALS.get(code, REFUSED_OTHERWISE)
