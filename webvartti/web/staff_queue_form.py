"""The filters of the queue: a GET form, so that the address of a page is the filter."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import BooleanField, SelectField, ValidationError
from wtforms.validators import Optional

from webvartti.domain.calendar import FINNISH_TIME
from webvartti.domain.events import UNDECIDED
from webvartti.domain.queue import QueueFilter
from webvartti.domain.staff import Colleague
from webvartti.domain.wording import N_
from webvartti.web.forms import BaseForm, choices, line_field
from webvartti.web.languages import gettext
from webvartti.web.staff_words import STAFF_FINDINGS, STAFF_STATES

_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_LONGEST_WAIT = 3650


def _states() -> list[Any]:
    return choices({"": gettext("Any"), **{state: gettext(STAFF_STATES[state]) for state in UNDECIDED}})


def _findings() -> list[Any]:
    return choices({"": gettext("Any"), **{code: gettext(words) for code, words in STAFF_FINDINGS.items()}})


def _known_state(value: object) -> str:
    return str(value) if value in {str(state) for state in UNDECIDED} else ""


def _known_finding(value: object) -> str:
    return str(value) if value in STAFF_FINDINGS else ""


def day_of(text: str) -> date:
    """14.1.2027 or 2027-01-14. Raises ValueError."""
    finnish = _DAY.fullmatch(text)
    return date(*(int(part) for part in reversed(finnish.groups()))) if finnish else date.fromisoformat(text)


class QueueForm(BaseForm):
    """What of the queue is asked for; what isn't known as a choice filters nothing."""

    state = SelectField(N_("State"), [Optional()], choices=_states, coerce=_known_state)
    finding = SelectField(N_("Finding"), [Optional()], choices=_findings, coerce=_known_finding)
    profession = line_field(N_("Profession"), 8)
    ends_before = line_field(N_("Card ends before"), 10)
    waited = line_field(N_("Placed at least this many days ago"), 4)
    mine = BooleanField(N_("Mine"))
    unassigned = BooleanField(N_("Nobody's"))
    second = BooleanField(N_("Awaits a second pair of eyes"))

    def validate_ends_before(self, field: Any) -> None:
        """A day."""
        try:
            day_of(field.data)
        except ValueError:
            raise ValidationError(N_("Write the day as in 14.1.2027.")) from None

    def validate_waited(self, field: Any) -> None:
        """A number of days."""
        if not (field.data.isascii() and field.data.isdigit() and int(field.data) <= _LONGEST_WAIT):
            raise ValidationError(N_("Write the number of days in digits, at most 3650."))

    def wanted(self, who: Colleague, now: datetime) -> QueueFilter:
        """What the valid form asks for; "mine" is whoever reads the page."""
        ends, waited = self.ends_before.data, self.waited.data
        return QueueFilter(
            state=self.state.data or "",
            finding=self.finding.data or "",
            profession=self.profession.data or "",
            expires_before=datetime.combine(day_of(ends), time(), FINNISH_TIME) if ends else None,
            placed_before=now - timedelta(days=int(waited)) if waited else None,
            mine=who if self.mine.data else None,
            unassigned=bool(self.unassigned.data),
            awaits_second=bool(self.second.data),
        )

    def in_address(self) -> dict[str, Any]:
        """The filter as parameters of an address; what filters nothing is left out."""
        return {field.name: "y" if field.data is True else str(field.data) for field in self if field.data}
