"""What a holder writes about an order: an answer, or why a person should look at the decision."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from webvartti.domain.wording import N_
from webvartti.web.forms import BaseForm, plain_text

_LENGTH = Length(max=2000, message=N_("Write at most 2,000 characters."))


class AnswerForm(BaseForm):
    """The answer to the reviewer's question."""

    text = TextAreaField(N_("Your answer"), [DataRequired(N_("Write your answer.")), _LENGTH], filters=[plain_text])


class NewLookForm(BaseForm):
    """Why a person should look at the decision."""

    text = TextAreaField(
        N_("What should the person look at?"),
        [DataRequired(N_("Write what the person should look at.")), _LENGTH],
        filters=[plain_text],
    )
