"""What a reviewer writes to a holder: why an order is rejected, and what more is needed."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from webvartti.domain.decisions import RejectionReason
from webvartti.domain.wording import N_, REJECTIONS
from webvartti.web.forms import BaseForm, plain_text, radio_field

_LENGTH = Length(max=2000, message=N_("Write at most 2,000 characters."))


class RejectionForm(BaseForm):
    """A reason from the list, and words where they help."""

    reason = radio_field(
        N_("Why is the order rejected?"),
        {reason: REJECTIONS[reason] for reason in RejectionReason},
        N_("Choose a reason."),
    )
    words = TextAreaField(N_("Words to the holder (optional)"), [_LENGTH], filters=[plain_text])


class QuestionForm(BaseForm):
    """One question; the holder answers on the page of the order."""

    question = TextAreaField(
        N_("Your question to the holder"), [DataRequired(N_("Write your question.")), _LENGTH], filters=[plain_text]
    )
