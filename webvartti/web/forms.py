"""The base of every form: our own words for every error, spaces cut off, choices as WTForms 3.3 wants them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from flask import request
from wtforms import Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from webvartti.domain.wording import N_


def stripped(value: str | None) -> str:
    """No spaces around, no control characters within, spaces in runs of one."""
    return " ".join("".join(char if char.isprintable() else " " for char in value or "").split())


class BaseForm(Form):  # type: ignore[misc]  # WTForms has no types
    """A form that was posted shows what was typed; one that wasn't shows what it is given."""

    @classmethod
    def of_request(cls, given: Mapping[str, str] | None = None) -> Self:
        """The form as posted, or filled with what is ``given``."""
        return cls(request.form) if request.method == "POST" else cls(data=dict(given or {}))

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(id of the field, message id) of every error, in the order of the fields."""
        return [(field.id, str(field.errors[0])) for field in self if field.errors]


def choices(labels: Mapping[str, str]) -> list[SelectChoice]:
    """Choices by value and label."""
    return [SelectChoice(value=value, label=label) for value, label in labels.items()]


def radio_field(label: str, labels: Mapping[str, str], missing: str) -> RadioField:
    """One of a few; ``missing`` is said where none, or none of them, was picked."""
    return RadioField(label, [InputRequired(missing)], choices=choices(labels))


def line_field(
    label: str, longest: int, *, missing: str = "", too_long: str = N_("Write this in fewer characters.")
) -> StringField:
    """One line of text; ``missing`` is said where there is none, empty where it may be left out."""
    first = DataRequired(missing) if missing else Optional()
    return StringField(label, [first, Length(max=longest, message=too_long)], filters=[stripped])


def email_field(label: str, *, missing: str = "") -> StringField:
    """An e-mail address, checked for its form only."""
    wrong = N_("Write the e-mail address as in name@example.fi.")
    first = DataRequired(missing) if missing else Optional()
    return StringField(label, [first, Length(max=254, message=wrong), Email(wrong)], filters=[stripped])


def plain_text(value: str | None) -> str:
    """Lines of printable characters: nothing that a terminal or a mail program would obey."""
    lines = (value or "").replace("\r\n", "\n").split("\n")
    return "\n".join("".join(char for char in line if char.isprintable()) for line in lines).strip()


class FeedbackForm(BaseForm):
    """What a visitor tells those who run the service."""

    text = TextAreaField(
        N_("Your feedback"),
        [DataRequired(N_("Write your feedback.")), Length(max=5000, message=N_("Write at most 5,000 characters."))],
        filters=[plain_text],
    )
    reply_to = email_field(N_("Your e-mail address, if you want an answer"))
