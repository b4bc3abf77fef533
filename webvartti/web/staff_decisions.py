"""Deciding on a case: approve, reject, ask, agree, decline, undo. Each is a POST of its own, for the order as it was shown."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webvartti.domain.decisions import Outcome, RejectionReason
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.events import OrderState
from webvartti.domain.permissions import Permission
from webvartti.domain.review import Intent, ReviewDecision, matters_of
from webvartti.domain.wording import N_, REJECTIONS
from webvartti.services.review import Case
from webvartti.web.access import needs
from webvartti.web.sessions import colleague
from webvartti.web.site import now, services
from webvartti.web.staff import staff_blueprint
from webvartti.web.staff_case_page import doable, looked_at, seen_version
from webvartti.web.staff_decision_forms import QuestionForm, RejectionForm
from webvartti.web.staff_just_decided import in_address
from webvartti.web.staff_refusals import explain_refusals
from webvartti.web.words import STATE_MEANINGS, STATES

pages = staff_blueprint("staff_decisions", __name__, "/cases")
explain_refusals(pages)

_REASON = N_("Reason:")


def _to_case(number: str) -> ResponseReturnValue:
    return redirect(url_for("staff_cases.page", number=number), 303)


@pages.post("/<number>/approve")
@needs(Permission.CASE_DECIDE)
def approve(number: str) -> ResponseReturnValue:
    """Approve, and stay with the case."""
    services().review.decide(number, Intent(Outcome.APPROVED), seen_version(), colleague(), now())
    return _to_case(number)


@pages.post("/<number>/approve-and-next")
@needs(Permission.CASE_DECIDE)
def approve_and_next(number: str) -> ResponseReturnValue:
    """Approve, and take the next case."""
    decision = services().review.decide(number, Intent(Outcome.APPROVED), seen_version(), colleague(), now())
    return redirect(_after(decision), 303)


def _after(decision: ReviewDecision) -> str:
    try:
        following = services().review.open_next(colleague(), now())
    except WebVarttiError:
        # the decision stands: no error page may follow it
        return url_for("staff_cases.page", number=decision.number)
    told = in_address(decision)
    if following is None:
        return url_for("staff_queue.page", nothing="free", **told)
    return url_for("staff_cases.page", number=following, **told)


@pages.get("/<number>/reject")
@needs(Permission.CASE_DECIDE)
def ask_why(number: str) -> ResponseReturnValue:
    """The reason, and words to the holder."""
    case = looked_at(number)
    return _to_case(number) if not doable(case).decide else _rejection(case, RejectionForm())


@pages.post("/<number>/reject/preview")
@needs(Permission.CASE_DECIDE)
def preview(number: str) -> ResponseReturnValue:
    """What the holder will read, in their language, before anything is sent."""
    case, form = looked_at(number), RejectionForm(request.form)
    if not form.validate():
        return _rejection(case, form), 422
    return _rejection(case, form, preview=_as_the_holder_reads(case, RejectionReason(form.reason.data)))


@pages.post("/<number>/reject")
@needs(Permission.CASE_DECIDE)
def reject(number: str) -> ResponseReturnValue:
    """Reject with a reason from the list."""
    form = RejectionForm(request.form)
    if not form.validate():
        return _rejection(looked_at(number), form), 422
    intent = Intent(Outcome.REJECTED, RejectionReason(form.reason.data), form.words.data or "")
    services().review.decide(number, intent, seen_version(), colleague(), now())
    return _to_case(number)


def _rejection(case: Case, form: RejectionForm, preview: dict[str, str] | None = None) -> str:
    return render_template(
        "staff/reject.html",
        order=case.order,
        form=form,
        version=seen_version() or case.order.version,
        preview=preview,
        needs_second=bool(matters_of(case.order, Intent(Outcome.REJECTED), services().review.four_eyes)),
    )


def _as_the_holder_reads(case: Case, reason: RejectionReason) -> dict[str, str]:
    language, catalogues = case.order.contact.language, services().catalogues
    told = {
        "state": STATES[OrderState.REJECTED],
        "meaning": STATE_MEANINGS[OrderState.REJECTED],
        "reason_label": _REASON,
        "reason": REJECTIONS[reason],
    }
    return {"language": language, **{name: catalogues.gettext(language, words) for name, words in told.items()}}


@pages.get("/<number>/ask")
@needs(Permission.CASE_DECIDE)
def ask_what(number: str) -> ResponseReturnValue:
    """The question to the holder."""
    case = looked_at(number)
    if not doable(case).ask:
        return _to_case(number)
    return render_template("staff/ask.html", order=case.order, form=QuestionForm(), version=case.order.version)


@pages.post("/<number>/ask")
@needs(Permission.CASE_DECIDE)
def ask(number: str) -> ResponseReturnValue:
    """Ask the holder; the answer brings the case back to whoever asked."""
    form = QuestionForm(request.form)
    if not form.validate():
        case = looked_at(number)
        version = seen_version() or case.order.version
        return render_template("staff/ask.html", order=case.order, form=form, version=version), 422
    services().review.ask(number, form.question.data or "", seen_version(), colleague(), now())
    return _to_case(number)


@pages.post("/<number>/agree")
@needs(Permission.CASE_DECIDE)
def agree(number: str) -> ResponseReturnValue:
    """The second pair of eyes agrees."""
    services().review.agree(number, colleague(), now(), seen_version=seen_version() or None)
    return _to_case(number)


@pages.post("/<number>/decline")
@needs(Permission.CASE_DECIDE)
def decline(number: str) -> ResponseReturnValue:
    """The second pair of eyes doesn't agree: the case is open again."""
    services().review.decline(number, colleague(), now(), seen_version=seen_version() or None)
    return _to_case(number)


@pages.post("/<number>/undo")
@needs(Permission.CASE_DECIDE)
def undo(number: str) -> ResponseReturnValue:
    """Take a decision back before it takes effect."""
    services().review.undo(number, colleague(), now())
    return _to_case(number)
