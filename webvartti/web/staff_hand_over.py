"""To whom a case can be handed over."""

from __future__ import annotations

from flask import request
from wtforms import SelectField
from wtforms.validators import AnyOf

from webvartti.domain.orders import Order
from webvartti.domain.staff import Colleague
from webvartti.domain.wording import N_
from webvartti.web.forms import BaseForm, choices
from webvartti.web.languages import gettext
from webvartti.web.sessions import colleague
from webvartti.web.site import services

_CHOOSE = N_("Choose a colleague.")


class HandOverForm(BaseForm):
    """One colleague out of those who may decide on this order."""

    to = SelectField(N_("Hand over to"), choices=[], validate_choice=False)

    @classmethod
    def for_order(cls, order: Order) -> HandOverForm:
        """As posted. Neither the reader nor whoever the order is for can be chosen."""
        form = cls(request.form) if request.method == "POST" else cls()
        found = {each.actor.name: each for each in services().staff.reviewers()}
        form.colleagues = {key: each for key, each in found.items() if each.person not in (order.person, colleague().person)}
        names = {key: each.name for key, each in form.colleagues.items()}
        form.to.choices = choices({"": gettext("Choose"), **names})
        form.to.validators = [AnyOf(list(names), _CHOOSE)]
        return form

    colleagues: dict[str, Colleague]

    def chosen(self) -> Colleague:
        """Only for a valid form."""
        return self.colleagues[self.to.data]
