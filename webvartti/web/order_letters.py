"""What a holder writes about an own order: the answer to a question, and why a person should look at a decision."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.events import ChangeNotAllowed, OrderState
from webvartti.domain.orders import Order, OrderAlreadyOpen, StaleOrder
from webvartti.domain.permissions import Permission
from webvartti.domain.review import LetterKind, can_be_looked_at_anew
from webvartti.domain.wording import N_
from webvartti.web.access import needs
from webvartti.web.languages import page_blueprint
from webvartti.web.letter_forms import AnswerForm, NewLookForm
from webvartti.web.orders import changed_meanwhile, seen_version, shown
from webvartti.web.sessions import holder
from webvartti.web.site import now, services

pages = page_blueprint("order_letters", __name__)

_KEPT = {
    LetterKind.ANSWER: N_("Your answer was not stored. This is how the order stands now:"),
    LetterKind.NEW_LOOK: N_("Nobody was asked to look at the decision. This is how the order stands now:"),
}


@pages.post("/orders/<number>/answer")
@needs(Permission.ORDER_PLACE)
def answer(number: str) -> ResponseReturnValue:
    """Answer the question; the case goes back to whoever asked."""
    order = services().orders.own(number, holder().person)
    form = AnswerForm.of_request()
    if order.state is OrderState.MORE_INFORMATION_NEEDED and not form.validate():
        return render_template("orders/page.html", already=False, **shown(order, form)), 422
    return _store(order, LetterKind.ANSWER, form.text.data or "")


@pages.get("/orders/<number>/new-look")
@needs(Permission.ORDER_PLACE)
def ask_for_new_look(number: str) -> ResponseReturnValue:
    """What asking means, and where to write why."""
    order = services().orders.own(number, holder().person)
    if not can_be_looked_at_anew(order):
        return redirect(url_for("orders.page", number=number), 303)
    return render_template("orders/new_look.html", order=order, form=NewLookForm())


@pages.post("/orders/<number>/new-look")
@needs(Permission.ORDER_PLACE)
def new_look(number: str) -> ResponseReturnValue:
    """Have a person look at the decision."""
    order = services().orders.own(number, holder().person)
    form = NewLookForm.of_request()
    if can_be_looked_at_anew(order) and not form.validate():
        return render_template("orders/new_look.html", order=order, form=form), 422
    return _store(order, LetterKind.NEW_LOOK, form.text.data or "")


def _store(order: Order, kind: LetterKind, text: str) -> ResponseReturnValue:
    orders = services().orders
    write = orders.answer if kind is LetterKind.ANSWER else orders.ask_for_new_look
    try:
        write(order.number, order.person, text, seen_version(), now())
    except OrderAlreadyOpen:
        return render_template("orders/other_on_its_way.html", order=order, written=text), 409
    except (ChangeNotAllowed, StaleOrder):
        if not _sent_before(order, kind, text):
            return changed_meanwhile(order.number, _KEPT[kind], text)
    return redirect(url_for("orders.page", number=order.number), 303)


def _sent_before(order: Order, kind: LetterKind, text: str) -> bool:
    """A double click, a retry, a reload: it is stored, so that the order's page is the answer."""
    letters = services().orders.letters(order)
    return bool(text) and bool(letters) and (letters[-1].kind, letters[-1].text) == (kind, text)
