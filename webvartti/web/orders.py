"""My orders: the receipt, the state as a timeline, and withdrawing while it is possible."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.decisions import RejectionReason
from webvartti.domain.events import OPEN_STATES, ActorKind, ChangeNotAllowed
from webvartti.domain.orders import Order, StaleOrder, can_be_withdrawn
from webvartti.domain.permissions import Permission
from webvartti.domain.wording import REJECTIONS
from webvartti.web.access import needs
from webvartti.web.findings import as_shown
from webvartti.web.languages import page_blueprint
from webvartti.web.sessions import holder
from webvartti.web.site import now, services
from webvartti.web.words import EVENTS, STATE_MEANINGS, STATES

pages = page_blueprint("orders", __name__)


@pages.get("/orders")
@needs(Permission.ORDER_READ_OWN)
def mine() -> ResponseReturnValue:
    """All own orders."""
    orders = services().orders.of_person(holder().person)
    return render_template("orders/mine.html", orders=orders, states=STATES)


@pages.get("/orders/<number>")
@needs(Permission.ORDER_READ_OWN)
def page(number: str) -> ResponseReturnValue:
    """One order: where it is, what happened, what can be done."""
    order = services().orders.own(number, holder().person)
    return render_template("orders/page.html", already=request.args.get("already") == "yes", **_shown(order))


@pages.get("/orders/<number>/receipt")
@needs(Permission.ORDER_READ_OWN)
def receipt(number: str) -> ResponseReturnValue:
    """What was ordered and what comes when; made to be printed. An order that has ended promises nothing more."""
    order = services().orders.own(number, holder().person)
    if order.state not in OPEN_STATES:
        return redirect(url_for("orders.page", number=number), 303)
    return render_template("orders/receipt.html", **_shown(order))


def _shown(order: Order) -> dict[str, object]:
    by_rule = order.decision is not None and order.decision.actor.kind is ActorKind.SYSTEM
    reason = order.decision.reason if order.decision else ""
    return {
        "order": order,
        "protected": not services().orders.address_may_be_shown(order.person),
        "state": STATES[order.state],
        "meaning": STATE_MEANINGS[order.state],
        "timeline": [(EVENTS[event.kind], event.at) for event in order.events],
        "findings": as_shown(order.findings),
        "decided_by_rule": by_rule,
        "rejection": REJECTIONS[RejectionReason(reason)] if reason else "",
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
    version = request.form.get("version", "")
    try:
        seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        services().orders.withdraw(number, holder().person, seen, now())
    except (ChangeNotAllowed, StaleOrder):
        order = services().orders.own(number, holder().person)
        return render_template("orders/changed_meanwhile.html", **_shown(order)), 409
    return redirect(url_for("orders.page", number=number), 303)
