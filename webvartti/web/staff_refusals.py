"""What keeps somebody from deciding, as a page: what happened, what changed, and the one next step."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from webvartti.domain.approval import ApprovalRefused
from webvartti.domain.errors import AdapterUnavailable, NotFound, WebVarttiError
from webvartti.domain.events import ChangeNotAllowed
from webvartti.domain.orders import StaleOrder
from webvartti.domain.queue import CaseOpenElsewhere
from webvartti.domain.review import DecisionRefused, NotYoursToUndo, OwnOrder
from webvartti.domain.staff import SameEyes
from webvartti.web.staff_case_page import history, looked_at, seen_version
from webvartti.web.staff_words import REFUSED, STAFF_EVENTS, STAFF_STATES

REFUSALS = (DecisionRefused, ApprovalRefused, CaseOpenElsewhere, StaleOrder, SameEyes, ChangeNotAllowed)
_NEVER_FOR_YOU = (OwnOrder, SameEyes, NotYoursToUndo)
"""Another try wouldn't help: 403. With the others something stands in the way as things are now: 409."""


def _refused(refused: WebVarttiError) -> ResponseReturnValue:
    case = looked_at(str((request.view_args or {})["number"]))
    happened = history(case)
    seen = seen_version()
    page = render_template(
        "staff/refused.html",
        words=REFUSED.get(refused.code, REFUSED["change-not-allowed"]),
        code=refused.code,
        order=case.order,
        state=STAFF_STATES[case.order.state],
        # every event raises the version by one, so what came after the form was made is the rest of the list
        changed=happened[seen:] if 0 < seen < len(happened) else [],
        events=STAFF_EVENTS,
        colleague=refused.colleague if isinstance(refused, CaseOpenElsewhere) else None,
    )
    return page, 403 if isinstance(refused, _NEVER_FOR_YOU) else 409


def _explained(refused: WebVarttiError) -> ResponseReturnValue:
    """The case is asked of the database, which may be away by now. What is raised in here, Flask would call our own mistake."""
    try:
        return _refused(refused)
    except (AdapterUnavailable, NotFound) as another:
        return current_app.handle_user_exception(another)


def explain_refusals(blueprint: Blueprint) -> None:
    """Turn every refusal in these pages into its page."""
    for refusal in REFUSALS:
        blueprint.register_error_handler(refusal, _explained)
