"""The form of the draft lane: the renewal's, without anything that would show what the registers know."""

from __future__ import annotations

import re

from wtforms.fields.core import Label

from webvartti.domain.orders import LetterTo
from webvartti.domain.wording import N_
from webvartti.services.renewal_requests import RenewalRequest
from webvartti.web.languages import language
from webvartti.web.renewal_form import RenewalForm

_BUSINESS_ID = re.compile(r"[0-9]{7}-[0-9]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)


class DraftLaneForm(RenewalForm):
    """Everything is typed: the address that the card goes to; of a workplace its business ID, which isn't looked up here."""

    home = None
    organisation_match = None

    @classmethod
    def of_draft_lane(cls) -> DraftLaneForm:
        """As posted; else empty."""
        form = cls.of_request({"contact_language": language(), "letter_to": LetterTo.HOME})
        form.organisation.label = Label(form.organisation.id, N_("Business ID of the workplace"))
        return form

    def _check_home(self) -> None:
        self._check_typed_address()

    def _check_letter(self) -> None:
        if self.letter_to.data == LetterTo.ORGANISATION and not is_business_id(self.organisation.data or ""):
            self._blame("organisation", N_("Write the business ID as in 1234567-1."))

    def typed(self) -> dict[str, str]:
        """What was typed, for the hidden fields of the page on which it is checked."""
        return {field.name: str(field.data or "") for field in self}

    def request(self) -> RenewalRequest:
        """The command's heart, once the form is valid."""
        letter_to = LetterTo(self.letter_to.data)
        organisation = self.organisation.data if letter_to is LetterTo.ORGANISATION else ""
        return RenewalRequest(self.typed_address(), letter_to, organisation, self.contact())


def is_business_id(text: str) -> bool:
    """A Finnish business ID (Y-tunnus) by its form and check digit, a weighted sum modulo 11 (Finnish Tax Administration)."""
    if not _BUSINESS_ID.fullmatch(text):
        return False
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False)) % 11
    return rest != 1 and int(text[-1]) == (11 - rest) % 11
