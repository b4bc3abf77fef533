"""The renewal policy: what is in force, what is proposed, and which decisions would flip."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import ValidationError

from webvartti.domain.eligibility import RenewalPolicy
from webvartti.domain.permissions import Permission
from webvartti.domain.rules import LONGEST_WINDOW, PolicyChangeGone
from webvartti.domain.staff import SameEyes
from webvartti.domain.wording import N_
from webvartti.web.access import needs
from webvartti.web.forms import BaseForm, radio_field, stripped
from webvartti.web.sessions import colleague
from webvartti.web.site import now, services
from webvartti.web.staff import staff_blueprint
from webvartti.web.staff_names import names_among
from webvartti.web.staff_people import change_number

pages = staff_blueprint("staff_rules", __name__, "/rules")

LOOKED_BACK = timedelta(days=90)
_SHOWN_AT_MOST = 500
_AUTOMATIC = {"yes": N_("are approved by rules, without a person"), "no": N_("are checked by a person")}
_OUTCOMES = {"approved": N_("approved by rules"), "person": N_("to a person"), "blocked": N_("refused by a rule")}
_PROBLEMS = {
    PolicyChangeGone.code: N_("Somebody else has confirmed or declined this proposal. This is how the rules stand now."),
    SameEyes.code: N_("You proposed this yourself, so somebody else has to confirm it."),
}
_DONE = {
    "yes": N_("The new policy is in force."),
    "waits": N_("The proposal waits for a second person."),
    "no": N_("The proposal was declined."),
}


class PolicyForm(BaseForm):
    """A policy as people write it."""

    window = StringField(N_("Days before expiry when renewal opens"), filters=[stripped])
    automatic = radio_field(
        N_("Orders with nothing unusual in them"), _AUTOMATIC, N_("Choose what happens to orders with nothing unusual in them.")
    )

    def validate_window(self, field: StringField) -> None:
        """Nothing at all, or a whole number of days."""
        text = str(field.data or "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= LONGEST_WINDOW):
            raise ValidationError(N_("Write a whole number of days, at most 1826, or leave this empty."))

    @property
    def policy(self) -> RenewalPolicy:
        """Once it is valid."""
        return RenewalPolicy(int(self.window.data) if self.window.data else None, self.automatic.data == "yes")


def _form_of(policy: RenewalPolicy) -> PolicyForm:
    window = "" if policy.window_days is None else str(policy.window_days)
    return PolicyForm(data={"window": window, "automatic": "yes" if policy.automatic_decisions else "no"})


@pages.get("/")
@needs(Permission.RULES_READ)
def page() -> ResponseReturnValue:
    """What is in force, since when and by whom; what waits; what was before."""
    return _page()


def _page(form: PolicyForm | None = None, problem: str = "") -> str:
    found = services().rules.overview()
    return render_template(
        "staff/rules.html",
        found=found,
        form=form or _form_of(found.policy),
        me=colleague().actor,
        name_of=names_among(services().staff.list().members),
        automatic=_AUTOMATIC,
        done=_DONE.get(request.args.get("done", ""), ""),
        problem=_PROBLEMS.get(problem, ""),
    )


@pages.get("/preview")
@needs(Permission.RULES_READ)
def preview() -> ResponseReturnValue:
    """Which decisions of the last days would flip. Changes nothing, so whoever may read may look."""
    if not request.args:
        return redirect(url_for("staff_rules.page"), 303)
    form = PolicyForm(request.args)
    if not form.validate():
        return _page(form), 422
    found = services().rules.replay(form.policy, now() - LOOKED_BACK, lambda done, total: None)
    same = form.policy == services().rules.policy()
    shown = found.flips[:_SHOWN_AT_MOST]
    return render_template(
        "staff/rules_preview.html", form=form, found=found, shown=shown, same=same, outcomes=_OUTCOMES, automatic=_AUTOMATIC
    )


@pages.post("/propose")
@needs(Permission.RULES_CHANGE)
def propose() -> ResponseReturnValue:
    """Put a policy in force, or ask a second person to agree."""
    form = PolicyForm.of_request()
    if not form.validate():
        return _page(form), 422
    in_force = services().rules.propose(form.policy, colleague().actor, now())
    return redirect(url_for("staff_rules.page", done="yes" if in_force else "waits"), 303)


@pages.post("/confirm")
@needs(Permission.RULES_CHANGE)
def confirm() -> ResponseReturnValue:
    """The second person agrees: it is in force."""
    return _settle(agrees=True)


@pages.post("/decline")
@needs(Permission.RULES_CHANGE)
def decline() -> ResponseReturnValue:
    """The second person doesn't; whoever proposed may take it back like this."""
    return _settle(agrees=False)


def _settle(*, agrees: bool) -> ResponseReturnValue:
    try:
        if agrees:
            services().rules.confirm(change_number(), colleague().actor, now())
        else:
            services().rules.decline(change_number(), colleague().actor, now())
    except PolicyChangeGone as problem:
        return _page(problem=problem.code), 409
    except SameEyes as problem:
        return _page(problem=problem.code), 403
    return redirect(url_for("staff_rules.page", done="yes" if agrees else "no"), 303)
