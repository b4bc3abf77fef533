"""The form of a renewal: where the card goes, where the activation letter goes, how the holder is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from babel import Locale
from flask import request
from wtforms import RadioField, SelectField, ValidationError
from wtforms.validators import Optional

from webvartti.domain.addresses import FINLAND, PostalAddress, undeliverable_parts
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.orders import Contact, LetterTo
from webvartti.domain.registers import Organisation
from webvartti.domain.wording import N_
from webvartti.services.renewal_requests import Overview, RenewalRequest
from webvartti.web.forms import BaseForm, choices, email_field, line_field, radio_field
from webvartti.web.languages import LANGUAGES, language
from webvartti.web.site import services

REGISTERED, OTHER = "registered", "other"
_TELEPHONE = re.compile(r"\+?[0-9 ()/-]{5,25}")
_WRONG_PART = {
    "street": N_("Write the street and number, or a PO box."),
    "postal_code": N_("Write a postal code of five digits."),
    "post_office": N_("Write the post office."),
    "country": N_("Choose the country."),
}


def country_choices() -> tuple[Any, ...]:
    """Every country in the language of the page, Finland first."""
    return _countries(language())


@cache
def _countries(spoken: str) -> tuple[Any, ...]:
    """Made once a language; nobody changes them."""
    names = {str(code): str(name) for code, name in Locale(spoken).territories.items()}
    codes = [
        code for code in names if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO")
    ]
    codes.sort(key=lambda code: (code != FINLAND, names[code]))
    return tuple(choices({code: names[code] for code in codes}))


class RenewalForm(BaseForm):
    """What is typed here is kept as a draft once it is valid."""

    home = radio_field(
        N_("Where do we send the card?"),
        {REGISTERED: N_("To my home address"), OTHER: N_("To another address")},
        N_("Choose where we send the card."),
    )
    street = line_field(N_("Street address or PO box"), 60)
    postal_code = line_field(N_("Postal code"), 12)
    post_office = line_field(N_("Post office"), 40)
    country = SelectField(N_("Country"), [Optional()], choices=country_choices, default=FINLAND)
    letter_to = radio_field(
        N_("Where do we send the activation letter?"),
        {
            LetterTo.HOME: N_("To my home address in the register"),
            LetterTo.ORGANISATION: N_("To my workplace, addressed to me"),
        },
        N_("Choose where we send the activation letter."),
    )
    organisation = line_field(N_("Name or business ID of the workplace"), 100)
    organisation_match = RadioField(N_("Which of these is your workplace?"), [Optional()], choices=[], validate_choice=False)
    email = email_field(N_("E-mail address"), missing=N_("Write your e-mail address."))
    telephone = line_field(N_("Telephone number (optional)"), 25)
    contact_language = radio_field(N_("In which language do we write to you?"), LANGUAGES, N_("Choose a language."))

    found: Organisation | None = None
    has_home_address: bool = True

    @classmethod
    def for_overview(cls, overview: Overview) -> RenewalForm:
        """As posted; else the draft; else what the register and the last order know."""
        form = cls.of_request(_known(overview))
        form.has_home_address = overview.facts.person is not None and overview.facts.person.home_address is not None
        if request.method == "GET" and form.letter_to.data == LetterTo.ORGANISATION:
            form._offer_matches()
        return form

    def validate_telephone(self, field: Any) -> None:
        """Digits, with the marks that people put between them."""
        if field.data and not _TELEPHONE.fullmatch(field.data):
            raise ValidationError(N_("Write the telephone number in digits, as in 040 123 4567."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself first, then what one answer asks of another."""
        fine = super().validate(extra_validators)
        self._check_home()
        self._check_letter()
        return fine and not self.errors

    def _check_home(self) -> None:
        if self.home.data == OTHER:
            self._check_typed_address()
        elif not self.has_home_address:
            self._blame("home", N_("The register has no home address for you. Choose another address and write it."))

    def _check_typed_address(self) -> None:
        for part in undeliverable_parts(self.typed_address()):
            self._blame(part, _WRONG_PART[part])

    def _check_letter(self) -> None:
        if self.letter_to.data == LetterTo.ORGANISATION:
            if not self.organisation.errors:  # nothing that is too long ever reaches the register
                self._find_organisation()
        elif not self.has_home_address:
            self._blame("letter_to", N_("The register has no home address for you. Choose your workplace."))

    def _blame(self, name: str, message: str) -> None:
        self[name].errors = [*self[name].errors, message]

    def _find_organisation(self) -> None:
        text = self.organisation.data or ""
        matches = self._offer_matches()
        picked = [match for match in matches if match.business_id == self.organisation_match.data]
        exact = [match for match in matches if text.casefold() in (match.name.casefold(), match.business_id)]
        for fitting in (picked, exact, matches):
            if len(fitting) == 1:
                self.found = fitting[0]
                return
        if not text:
            self._blame("organisation", N_("Write the name or business ID of your workplace."))
        elif not matches:
            self._blame("organisation", N_("The register has no such workplace. Check the name, or have the letter sent home."))
        else:
            self._blame("organisation", N_("Several workplaces have this name. Choose yours below."))

    def _offer_matches(self) -> tuple[Organisation, ...]:
        """The workplaces that the text means; where there are several they can be picked from."""
        text = self.organisation.data or ""
        matches = services().registers.find_organisations(text) if text else ()
        if len(matches) > 1:
            self.organisation_match.choices = choices({m.business_id: f"{m.name}, {m.address.post_office}" for m in matches})
        return matches

    def typed_address(self) -> PostalAddress:
        street, code, office = (field.data or "" for field in (self.street, self.postal_code, self.post_office))
        return PostalAddress(street, code, office, self.country.data or FINLAND)

    def contact(self) -> Contact:
        """How the holder is told, as typed."""
        return Contact(self.email.data or "", self.telephone.data or "", self.contact_language.data or "")

    def fields_to_keep(self) -> dict[str, str]:
        """The draft: plain text by field name, with the business id of the workplace that was found."""
        kept = {field.name: str(field.data or "") for field in self if field.name != "organisation_match"}
        kept["country"] = self.country.data or FINLAND
        if self.found is not None:
            kept |= {"organisation": self.found.name, "organisation_id": self.found.business_id}
        return kept


class DraftOutdated(WebVarttiError):
    """The draft was kept by another version of the form: fill it in again."""

    code = "draft-outdated"


def request_of_draft(fields: Mapping[str, str]) -> RenewalRequest:
    """The command's heart out of a draft, which was valid when it was kept. Raises DraftOutdated."""
    try:
        address = None
        if fields["home"] == OTHER:
            address = PostalAddress(fields["street"], fields["postal_code"], fields["post_office"], fields["country"])
        contact = Contact(fields["email"], fields["telephone"], fields["contact_language"])
        letter_to = LetterTo(fields["letter_to"])
        organisation = fields["organisation_id"] if letter_to is LetterTo.ORGANISATION else ""
    except (KeyError, ValueError):
        raise DraftOutdated from None
    return RenewalRequest(address, letter_to, organisation, contact)


def _known(overview: Overview) -> dict[str, str]:
    if overview.draft is not None:
        fields = dict(overview.draft.fields)
        return {**fields, "organisation_match": fields.get("organisation_id", "")}
    person, contact = overview.facts.person, overview.contact
    known = {"contact_language": contact.language if contact else (person.language if person else language())}
    if contact is not None:
        known |= {"email": contact.email, "telephone": contact.telephone}
    if person is not None and person.home_address is not None:
        known |= {"home": REGISTERED, "letter_to": LetterTo.HOME}
    else:
        known |= {"home": OTHER, "letter_to": LetterTo.ORGANISATION}
    return known
