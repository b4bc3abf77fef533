"""My orders: the receipt, the state as a timeline, and withdrawing while it is possible."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.decisions import RejectionReason
from webvartti.domain.events import OPEN_STATES, ActorKind, ChangeNotAllowed, EventKind, OrderState
from webvartti.domain.orders import Order, StaleOrder, can_be_withdrawn
from webvartti.domain.permissions import Permission
from webvartti.domain.review import can_be_looked_at_anew
from webvartti.domain.wording import N_, REJECTIONS
from webvartti.web.access import needs
from webvartti.web.findings import as_shown
from webvartti.web.languages import page_blueprint
from webvartti.web.letter_forms import AnswerForm
from webvartti.web.looks import looks_at
from webvartti.web.sessions import holder
from webvartti.web.site import now, services
from webvartti.web.words import EVENTS, LETTERS, STATE_MEANINGS, STATES

pages = page_blueprint("orders", __name__)

_UNSEEN = frozenset(
    {EventKind.DECISION_TAKEN, EventKind.DECISION_SECONDED, EventKind.DECISION_DECLINED, EventKind.DECISION_UNDONE}
)
"""What a person decides can be undone for a minute; until then the holder reads that the order is in handling."""


@pages.get("/orders")
@needs(Permission.ORDER_READ_OWN)
def mine() -> ResponseReturnValue:
    """All own orders."""
    orders = services().orders.of_person(holder().person)
    return render_template("orders/mine.html", orders=orders, states=STATES)


@pages.get("/orders/looks")
@needs(Permission.ORDER_READ_OWN)
def looks() -> ResponseReturnValue:
    """Who has looked at one's own orders."""
    return render_template("orders/looks.html", looks=looks_at(holder().person))


@pages.get("/orders/<number>")
@needs(Permission.ORDER_READ_OWN)
def page(number: str) -> ResponseReturnValue:
    """One order: where it is, what happened, what can be done."""
    order = services().orders.own(number, holder().person)
    return render_template("orders/page.html", already=request.args.get("already") == "yes", **shown(order))


@pages.get("/orders/<number>/receipt")
@needs(Permission.ORDER_READ_OWN)
def receipt(number: str) -> ResponseReturnValue:
    """What was ordered and what comes when; made to be printed. An order that has ended promises nothing more."""
    order = services().orders.own(number, holder().person)
    if order.state not in OPEN_STATES:
        return redirect(url_for("orders.page", number=number), 303)
    return render_template("orders/receipt.html", **shown(order))


def shown(order: Order, answer: AnswerForm | None = None) -> dict[str, object]:
    """What the pages of an own order tell; ``answer`` is the form as it was sent, where it was wrong."""
    by_rule = order.decision is not None and order.decision.actor.kind is ActorKind.SYSTEM
    reason = order.decision.reason if order.decision else ""
    asked = order.state is OrderState.MORE_INFORMATION_NEEDED
    by_person = order.state is OrderState.REJECTED and not by_rule
    return {
        "order": order,
        "protected": not services().orders.address_may_be_shown(order.person),
        "state": STATES[order.state],
        "meaning": STATE_MEANINGS[order.state],
        "timeline": [(EVENTS[event.kind], event.at) for event in order.events if event.kind not in _UNSEEN],
        "findings": as_shown(order.findings),
        "decided_by_rule": by_rule,
        "rejection": REJECTIONS[RejectionReason(reason)] if reason else "",
        "words": services().orders.words_to_holder(order) if by_person else "",
        "letters": services().orders.letters(order),
        "letter_words": LETTERS,
        "answer": (answer or AnswerForm()) if asked else None,
        "new_look": can_be_looked_at_anew(order),
        "withdrawable": can_be_withdrawn(order),
    }


@pages.get("/orders/<number>/withdraw")
@needs(Permission.ORDER_WITHDRAW)
def ask_to_withdraw(number: str) -> ResponseReturnValue:
    """It can't be undone, so the holder is asked."""
    order = services().orders.own(number, holder().person)
    if not can_be_withdrawn(order):
        return redirect(url_for("orders.page", number=number), 303)
    return render_template("orders/withdraw.html", order=order)


@pages.post("/orders/<number>/withdraw")
@needs(Permission.ORDER_WITHDRAW)
def withdraw(number: str) -> ResponseReturnValue:
    """Withdraw the order as the page showed it."""
    try:
        services().orders.withdraw(number, holder().person, seen_version(), now())
    except (ChangeNotAllowed, StaleOrder):
        return changed_meanwhile(number, N_("Nothing was withdrawn. This is how the order stands now:"))
    return redirect(url_for("orders.page", number=number), 303)


def seen_version() -> int:
    """The order's version that the page showed; 0, which none has, where the form says nothing sensible."""
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def changed_meanwhile(number: str, kept: str, written: str = "") -> ResponseReturnValue:
    """409: what wasn't done, how the order stands, and what the holder wrote, so that it isn't lost."""
    order = services().orders.own(number, holder().person)
    return render_template("orders/changed_meanwhile.html", kept=kept, written=written, **shown(order)), 409
