"""What people read for every outcome of "Does my card work?". English here, Finnish and Swedish in the catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webvartti.domain.card_checks import CardCheck, ClockOutcome, TlsOutcome
from webvartti.domain.measures import ACCEPTED, DRAFT_LANE
from webvartti.domain.products import RULES_OF_KIND, CardKind
from webvartti.domain.reader_software import SoftwareOutcome
from webvartti.domain.wording import N_
from webvartti.web.languages import ngettext
from webvartti.web.words import FINDINGS, words_of_refusal


class Look(StrEnum):
    """How an answer looks; each has words of its own too (see the template)."""

    FINE = "fine"
    WARNING = "needs-person"
    WRONG = "blocks"
    UNKNOWN = "information"


@dataclass(frozen=True, slots=True)
class StepWords:
    """What was found, and what to do (empty where there is nothing to do). ``causes``: list the three usual ones."""

    look: Look
    what: str
    next_step: str = ""
    causes: bool = False


SOFTWARE: Mapping[SoftwareOutcome, StepWords] = {
    SoftwareOutcome.READY: StepWords(Look.FINE, N_("The card reader software answers, and a card is in the reader.")),
    SoftwareOutcome.NO_CARD: StepWords(
        Look.WARNING,
        N_("The card reader software answers, but it sees no card."),
        N_("Put the card in the reader, chip first and all the way in. Is the reader's cable in? Then check again."),
    ),
    SoftwareOutcome.TOO_OLD: StepWords(
        Look.WRONG,
        N_("The card reader software answers, but it is too old."),
        N_("Ask those who look after this computer for a newer one."),
    ),
    SoftwareOutcome.NOT_REACHED: StepWords(
        Look.WRONG, N_("The card reader software could not be reached."), causes=True
    ),
    SoftwareOutcome.FORBIDDEN: StepWords(
        Look.WRONG,
        N_("Your browser doesn't let this page ask the card reader software."),
        N_("Allow this site to reach apps on this device: the setting is behind the icon before the address. Then check"
           " again."),
    ),
    SoftwareOutcome.TOO_SLOW: StepWords(
        Look.WRONG,
        N_("The card reader software didn't answer in half a minute."),
        N_("If the browser asked you something, answer it. Close the card reader software and start it anew, then check"
           " again."),
    ),
    SoftwareOutcome.OTHER_PROGRAM: StepWords(
        Look.WRONG,
        N_("Something answers in the card reader software's place, in a way that this page doesn't understand."),
        N_("It may be another company's signing program. Close that program, start the card reader software, then check"
           " again."),
    ),
    SoftwareOutcome.NOT_ASKED: StepWords(
        Look.UNKNOWN,
        N_("Your browser didn't ask the card reader software, because it doesn't run this page's script."),
        N_("Look by yourself: open the card reader software. Does it show your card?"),
    ),
}  # fmt: skip

CLOCK: Mapping[ClockOutcome, StepWords] = {
    ClockOutcome.RIGHT: StepWords(Look.FINE, N_("This computer's clock is right.")),
    ClockOutcome.FAST: StepWords(
        Look.WARNING,
        N_("This computer's clock is fast."),
        N_("A wrong clock makes valid cards look expired. Set it, or have it set, then check again."),
    ),
    ClockOutcome.SLOW: StepWords(
        Look.WARNING,
        N_("This computer's clock is slow."),
        N_("A wrong clock makes valid cards look expired. Set it, or have it set, then check again."),
    ),
    ClockOutcome.NOT_ASKED: StepWords(
        Look.UNKNOWN,
        N_("Your browser didn't say what time it is, because it doesn't run this page's script."),
        N_("Compare this computer's date and time with a telephone's."),
    ),
}

TLS: Mapping[TlsOutcome, StepWords] = {
    TlsOutcome.TLS_1_3: StepWords(Look.FINE, N_("The connection is protected with TLS 1.3, the newest version.")),
    TlsOutcome.TLS_1_2: StepWords(Look.FINE, N_("The connection is protected with TLS 1.2, which will do.")),
    TlsOutcome.NOT_TOLD: StepWords(
        Look.UNKNOWN, N_("The connection is protected with TLS 1.2 or newer: older versions don't get here.")
    ),
}

NOT_TRIED = StepWords(Look.UNKNOWN, N_("Not tried yet."))

IN_THE_LANE = N_("This is the right certificate. We can't check right now whether cards are valid.")
IN_THE_LANE_NEXT = N_("You can sign in and fill in an order. It is held until the check works again.")

_NOT_THE_CARD = frozenset({"revocation-stale", "revocation-missing"})
"""Refusals that say nothing against the card."""


def certificate_words(outcome: str, kind: CardKind | None) -> StepWords:
    """For the outcome of a try: sign-in's own words where it would refuse."""
    if not outcome:
        return NOT_TRIED
    if outcome == ACCEPTED:
        fine = N_("This is the right certificate, and it is valid: you can sign in with it.")
        if kind is None or RULES_OF_KIND[kind].self_service_renewal:
            return StepWords(Look.FINE, fine)
        return StepWords(Look.FINE, fine, FINDINGS["product-not-renewable"].what)
    if outcome == DRAFT_LANE:
        return StepWords(Look.WARNING, IN_THE_LANE, IN_THE_LANE_NEXT)
    words = words_of_refusal(outcome)
    look = Look.WARNING if outcome in _NOT_THE_CARD else Look.WRONG
    return StepWords(look, words.what, words.next_step)


def clock_difference(check: CardCheck) -> str:
    """How far the clock is off, in whole units that people say; empty where it is right or unknown."""
    if check.clock not in (ClockOutcome.FAST, ClockOutcome.SLOW):
        return ""
    minutes = round(abs(check.clock_seconds) / 60)
    if minutes < 120:
        return ngettext("It is off by %(num)s minute.", "It is off by %(num)s minutes.", minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("It is off by %(num)s hour.", "It is off by %(num)s hours.", hours)
    return ngettext("It is off by %(num)s day.", "It is off by %(num)s days.", round(hours / 24))
