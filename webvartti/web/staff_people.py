"""Who has which role, what waits for a second person, and granting and taking away."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Regexp

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.holders import REGISTRATION_NUMBERS, Person
from webvartti.domain.permissions import STAFF_ROLES, Permission, Role
from webvartti.domain.staff import (
    Colleague,
    LastSupervisor,
    OwnRole,
    RoleChange,
    RoleChangeGone,
    SameEyes,
    StaffMember,
)
from webvartti.domain.wording import N_
from webvartti.web.access import needs
from webvartti.web.forms import BaseForm, line_field, radio_field, stripped
from webvartti.web.fresh_sign_in import needs_fresh_sign_in, signed_in_lately
from webvartti.web.sessions import colleague
from webvartti.web.site import now, services
from webvartti.web.staff import staff_blueprint
from webvartti.web.staff_names import names_among
from webvartti.web.words import ROLE_RIGHTS, ROLES

pages = staff_blueprint("staff_people", __name__, "/roles")

_PROBLEMS: dict[str, str] = {
    RoleChangeGone.code: N_("Somebody else has confirmed or declined this change. This is how the roles stand now."),
    SameEyes.code: N_("You asked for this change yourself, so somebody else has to confirm it."),
    OwnRole.code: N_("Nobody confirms a role of their own. Somebody else has to."),
    LastSupervisor.code: N_("This is the last supervisor. Grant the role to somebody else first."),
    "has-it": N_("This person has the role already."),
    "has-it-not": N_("This person doesn't have the role any more."),
    "waits-already": N_("This change waits for a second person already."),
}
_DONE = {
    "yes": N_("The change is done."),
    "waits": N_("The change waits for a second person."),
    "no": N_("The change was declined."),
}


class RoleForm(BaseForm):
    """Whose role, and which. ``grants`` is "no" where it is taken away."""

    number = StringField(
        N_("Registration number"),
        [
            DataRequired(N_("Write the registration number.")),
            Regexp(r"[0-9]{11}\Z", message=N_("A registration number has 11 digits.")),
        ],
        filters=[stripped],
    )
    role = radio_field(N_("Role"), {role.value: ROLES[role] for role in STAFF_ROLES}, N_("Choose the role."))
    grants = HiddenField(default="yes")

    @property
    def person(self) -> Person:
        """Whose role it is."""
        return Person(REGISTRATION_NUMBERS, str(self.number.data))


class NameForm(BaseForm):
    """The name of a person whom the register doesn't know, nor anybody here."""

    name = line_field(N_("Name"), 100, missing=N_("Write the name of this person."))


@pages.get("/")
@needs(Permission.STAFF_READ)
def page() -> ResponseReturnValue:
    """Who has which role."""
    return _page(RoleForm())


def _page(form: RoleForm, problem: str = "") -> str:
    found = services().staff.list()
    me = colleague().actor
    waiting = [(change, me not in (change.asked_by, change.colleague.actor)) for change in found.asked]
    return render_template(
        "staff/people.html",
        form=form,
        members=[(member, [role for role in STAFF_ROLES if role in member.roles]) for member in found.members],
        waiting=waiting,
        name_of=names_among(found.members),
        roles=ROLES,
        rights={role.value: ROLE_RIGHTS[role] for role in STAFF_ROLES},
        fresh=signed_in_lately(),
        done=_DONE.get(request.args.get("done", ""), ""),
        problem=_PROBLEMS.get(problem, ""),
    )


@pages.post("/check")
@needs(Permission.STAFF_CHANGE)
@needs_fresh_sign_in
def check() -> ResponseReturnValue:
    """Show whose role it is before anything happens."""
    form = RoleForm.of_request()
    if not form.validate():
        return _page(form), 422
    return _check_page(form, NameForm())


def _check_page(form: RoleForm, name_form: NameForm) -> str:
    known = _known_name(form.person)
    role_words = ROLES[Role(str(form.role.data))]
    return render_template("staff/role_check.html", form=form, name_form=name_form, known=known, role_words=role_words)


@pages.post("/change")
@needs(Permission.STAFF_CHANGE)
@needs_fresh_sign_in
def change() -> ResponseReturnValue:
    """Grant or take away, or ask a second person to agree."""
    form, name_form = RoleForm.of_request(), NameForm.of_request()
    if not form.validate():
        return _page(form), 422
    name = _known_name(form.person)
    if not name and not name_form.validate():
        return _check_page(form, name_form), 422
    person = Colleague(form.person, name or str(name_form.name.data))
    wanted = RoleChange(person, Role(str(form.role.data)), form.grants.data != "no", colleague().actor, now())
    in_vain = _in_vain(wanted)
    if in_vain:
        return _page(RoleForm(), in_vain), 409
    try:
        done = services().staff.change(wanted)
    except LastSupervisor as problem:
        return _page(RoleForm(), problem.code), 409
    return redirect(url_for("staff_people.page", done="yes" if done else "waits"), 303)


def _known_name(person: Person) -> str:
    """As the register of rights has it; else as the staff are known here; else empty."""
    member = services().staff.member(person)
    return services().registers.name_of(person.serial_number) or (member.colleague.name if member else "")


def _in_vain(wanted: RoleChange) -> str:
    member: StaffMember | None = services().staff.member(wanted.colleague.person)
    has_it = member is not None and wanted.role in member.roles
    if has_it == wanted.grants:
        return "has-it" if has_it else "has-it-not"
    same = (wanted.colleague.person, wanted.role, wanted.grants)
    waiting = ((each.colleague.person, each.role, each.grants) for each in services().staff.list().asked)
    return "waits-already" if same in waiting else ""


@pages.post("/confirm")
@needs(Permission.STAFF_CHANGE)
@needs_fresh_sign_in
def confirm() -> ResponseReturnValue:
    """The second person agrees."""
    return _settle(agrees=True)


@pages.post("/decline")
@needs(Permission.STAFF_CHANGE)
@needs_fresh_sign_in
def decline() -> ResponseReturnValue:
    """The second person doesn't; whoever asked may take it back like this."""
    return _settle(agrees=False)


def _settle(*, agrees: bool) -> ResponseReturnValue:
    number = change_number()
    try:
        if agrees:
            services().staff.confirm(number, colleague().actor, now())
        else:
            services().staff.decline(number, colleague().actor, now())
    except (RoleChangeGone, SameEyes, OwnRole, LastSupervisor) as problem:
        return _page(RoleForm(), problem.code), _status_of(problem)
    return redirect(url_for("staff_people.page", done="yes" if agrees else "no"), 303)


def change_number() -> int:
    """Which change a form is about; 0, which none has, where it says nothing sensible."""
    given = request.form.get("change", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _status_of(problem: WebVarttiError) -> int:
    return 403 if isinstance(problem, (SameEyes, OwnRole)) else 409
