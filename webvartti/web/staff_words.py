"""What the staff read for every code: states, events, findings, places, statuses, and what keeps somebody from deciding."""

from __future__ import annotations

from webvartti.domain.certificates import RevocationState
from webvartti.domain.decisions import Outcome
from webvartti.domain.differences import Source, Subject
from webvartti.domain.events import EventKind, OrderState
from webvartti.domain.queue import PlaceReason
from webvartti.domain.review import DecisionStatus, LetterKind, Matter
from webvartti.domain.wording import N_
from webvartti.web.words import Words

STAFF_STATES: dict[OrderState, str] = {
    OrderState.SUBMITTED: N_("Waits for a decision"),
    OrderState.HELD: N_("Held until the card can be checked"),
    OrderState.MORE_INFORMATION_NEEDED: N_("Waits for the holder's answer"),
    OrderState.APPROVED: N_("Approved"),
    OrderState.REJECTED: N_("Rejected"),
    OrderState.WITHDRAWN: N_("Withdrawn by the holder"),
    OrderState.IN_PRODUCTION: N_("In production"),
    OrderState.DISPATCHED: N_("Mailed"),
    OrderState.DELIVERED: N_("Arrived"),
    OrderState.RETURNED: N_("Came back"),
}

STAFF_EVENTS: dict[EventKind, str] = {
    EventKind.PLACED: N_("Order placed"),
    EventKind.HELD: N_("Put on hold"),
    EventKind.RELEASED: N_("Hold ended"),
    EventKind.INFORMATION_REQUESTED: N_("Question to the holder"),
    EventKind.INFORMATION_GIVEN: N_("Answer from the holder"),
    EventKind.DECISION_TAKEN: N_("Decision taken"),
    EventKind.DECISION_SECONDED: N_("Second pair of eyes agreed"),
    EventKind.DECISION_DECLINED: N_("Second pair of eyes didn't agree"),
    EventKind.DECISION_UNDONE: N_("Decision undone"),
    EventKind.REVIEW_REQUESTED: N_("New look asked for by the holder"),
    EventKind.APPROVED: N_("Approved"),
    EventKind.REJECTED: N_("Rejected"),
    EventKind.WITHDRAWN: N_("Withdrawn by the holder"),
    EventKind.HANDED_OFF: N_("Handed off to production"),
    EventKind.DISPATCHED: N_("Mailed"),
    EventKind.DELIVERED: N_("Arrived"),
    EventKind.RETURNED: N_("Came back"),
}

STAFF_FINDINGS: dict[str, str] = {
    "product-not-renewable": N_("Not a professional card"),
    "card-not-in-register": N_("Card not in the card register"),
    "right-missing": N_("No right to practise"),
    "right-ended": N_("Right to practise has ended"),
    "right-not-yet-valid": N_("Right to practise hasn't begun"),
    "right-restricted": N_("Right to practise is restricted"),
    "right-shortens-validity": N_("Right to practise shortens the card's life"),
    "name-changed": N_("Name has changed"),
    "window-not-open": N_("Too early to renew"),
    "order-open": N_("Another order is on its way"),
    "newer-card-held": N_("Holder has a newer card"),
    "certificate-revoked": N_("Card is revoked"),
    "certificate-on-hold": N_("Card is on hold"),
    "revocation-unknown": N_("Revocation couldn't be checked"),
    "non-disclosure": N_("Non-disclosure order"),
    "address-undeliverable": N_("Address can't be delivered to"),
    "address-differs": N_("Address isn't the registered one"),
    "address-abroad": N_("Address is abroad"),
    "letter-to-organisation": N_("Activation letter goes to the workplace"),
    "revocation-never-confirmed": N_("Card expired before it could be checked"),
    "delivery-unknown": N_("Chosen address is no longer in the registers"),
    "everything-to-people": N_("Every order goes to a person"),
    "new-look": N_("Holder asks for a new look"),
}

SEVERITIES = {
    "blocks": N_("Blocks"),
    "needs-person": N_("Needs a person"),
    "information": N_("Good to know"),
}

VALUES: dict[str, str] = {
    "kind": N_("Kind of card"),
    "valid_until": N_("Valid until"),
    "valid_from": N_("Valid from"),
    "restriction": N_("Restriction"),
    "on_card": N_("On the card"),
    "in_register": N_("In the register"),
    "opens": N_("Opens"),
    "number": N_("Number"),
    "parts": N_("Parts"),
    "country": N_("Country"),
    "organisation": N_("Organisation"),
    "expired": N_("Expired"),
}
"""The names of what stands behind a finding."""

PLACES: dict[PlaceReason, tuple[str, str, str]] = {
    PlaceReason.WITHOUT_CARD: (
        N_("without a card since today"), N_("without a card for 1 day"), N_("without a card for %(days)s days"),
    ),
    PlaceReason.CARD_ENDS: (N_("card ends within a day"), N_("card ends in 1 day"), N_("card ends in %(days)s days")),
    PlaceReason.WAITED: (N_("came today"), N_("has waited 1 day"), N_("has waited %(days)s days")),
}  # fmt: skip
"""Why a case stands where it stands: for 0 days, for 1 day, for more."""

OUTCOMES: dict[Outcome, str] = {Outcome.APPROVED: N_("Approve"), Outcome.REJECTED: N_("Reject")}
"""What somebody has decided, before it takes effect and after."""

STATUSES: dict[DecisionStatus, str] = {
    DecisionStatus.AWAITS_SECOND: N_("Awaits a second pair of eyes"),
    DecisionStatus.TAKEN: N_("Taken, not in effect yet"),
    DecisionStatus.EFFECTIVE: N_("In effect"),
    DecisionStatus.UNDONE: N_("Undone"),
    DecisionStatus.DECLINED: N_("Not agreed to"),
    DecisionStatus.OVERTAKEN: N_("Overtaken: the order or the card changed first"),
}

MATTERS: dict[Matter, str] = {
    Matter.REJECT: N_("a rejection"),
    Matter.OVERRIDE: N_("an approval against a blocking finding"),
    Matter.RULES: N_("a change of the rules"),
    Matter.ROLES: N_("a change of roles"),
}

LETTERS: dict[LetterKind, str] = {
    LetterKind.QUESTION: N_("Question to the holder"),
    LetterKind.ANSWER: N_("Answer from the holder"),
    LetterKind.NEW_LOOK: N_("New look asked for by the holder"),
}

REVOCATIONS: dict[RevocationState, str] = {
    RevocationState.GOOD: N_("not revoked"),
    RevocationState.REVOKED: N_("revoked"),
    RevocationState.ON_HOLD: N_("on hold"),
    RevocationState.STALE: N_("not known: the list was too old"),
    RevocationState.MISSING: N_("not known: there was no list"),
}

SOURCES: dict[Source, str] = {
    Source.CERTIFICATE: N_("Certificate"),
    Source.PROFESSIONAL_REGISTER: N_("Professional register"),
    Source.POPULATION_DATA: N_("Population data"),
    Source.ORDER: N_("Order"),
}

SUBJECTS: dict[Subject, str] = {
    Subject.NAME: N_("Name"),
    Subject.CARD_ADDRESS: N_("Address of the card"),
    Subject.LETTER_ADDRESS: N_("Address of the activation letter"),
    Subject.PROFESSION: N_("Profession"),
    Subject.RESTRICTION: N_("Restriction of the right"),
    Subject.RIGHT_ENDS: N_("End of the right and of the new card"),
    Subject.CARD_KIND: N_("Kind of card"),
    Subject.PHOTO: N_("Photo on the card"),
    Subject.CARD_ENDS: N_("End of the present card"),
}

REFUSED: dict[str, Words] = {
    "own-order": Words(
        N_("This order is your own"),
        N_("Nobody decides on an order that is theirs or that they placed. Leave it to a colleague, and take the next case."),
    ),
    "case-open-elsewhere": Words(
        N_("A colleague has this case open"), N_("Nothing was done. Take the next case, or ask your colleague to release it.")
    ),
    "stale-order": Words(
        N_("The case has changed meanwhile"), N_("Nothing was done. Look at the case as it is now, then decide.")
    ),
    "decision-pending": Words(
        N_("Somebody has decided on this case already"),
        N_("Nothing was done. Look at the case: the decision can still be undone by whoever took it."),
    ),
    "no-decision-pending": Words(
        N_("There is no decision to act on any more"),
        N_("It has taken effect, or somebody was faster. Look at the case as it is now."),
    ),
    "not-yours-to-undo": Words(
        N_("You can't undo this decision"),
        N_("Only whoever took part in it can, and only for a minute. Ask them; after that, the holder can ask for a new look."),
    ),
    "same-eyes": Words(
        N_("You can't be both pairs of eyes"), N_("You took this decision yourself. A colleague has to look at it.")
    ),
    "reason-missing": Words(N_("A rejection needs a reason"), N_("Nothing was done. Choose a reason from the list.")),
    "card-revoked-since": Words(
        N_("The card has been revoked or put on hold since the order came"),
        N_("It can't be approved. Reject the order because the card couldn't be confirmed."),
    ),
    "revocation-not-known": Words(
        N_("We can't check right now whether the card is revoked"),
        N_("Nothing was done. Approve the order once a fresh revocation list is there, usually within the hour."),
    ),
    "change-not-allowed": Words(
        N_("The order isn't where this can be done"), N_("Nothing was done. Look at the case as it is now.")
    ),
}
"""What keeps a person from deciding, by the code of the error, each with the one next step."""
