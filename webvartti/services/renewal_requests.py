"""What a renewal is asked for, what it tells before it is ordered, and why it can't be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webvartti.domain.addresses import PostalAddress
from webvartti.domain.eligibility import Finding, RenewalFacts, RenewalPolicy, Severity
from webvartti.domain.errors import WebVarttiError
from webvartti.domain.orders import Contact, Estimate, LetterTo, ResolvedChoices
from webvartti.domain.products import Product
from webvartti.domain.repositories import Draft


@dataclass(frozen=True, slots=True)
class Practice:
    """How production works: ``card_working_days`` from order to card, ``letter_working_days`` from card to activation letter
    (DVV: about two weeks, about 4 working days); nothing is handed off before ``handoff_delay`` has passed.
    """

    card_working_days: int
    letter_working_days: int
    handoff_delay: timedelta


@dataclass(frozen=True, slots=True)
class RenewalRequest:
    """What the holder chose. ``home_address`` None means the register's; ``organisation`` is a business id or empty."""

    home_address: PostalAddress | None
    letter_to: LetterTo
    organisation: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """The command behind "send". ``key`` comes with the form, so that one form makes one order."""

    request: RenewalRequest
    key: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be ordered, were it sent now."""

    facts: RenewalFacts
    findings: tuple[Finding, ...]
    choices: ResolvedChoices
    product: Product
    estimate: Estimate
    policy: RenewalPolicy


@dataclass(frozen=True, slots=True)
class Overview:
    """What the holder has and may do: the facts, the findings without an address, and what was filled in before."""

    facts: RenewalFacts
    findings: tuple[Finding, ...]
    draft: Draft | None
    contact: Contact | None

    @property
    def may_order(self) -> bool:
        """True where nothing blocks."""
        return all(finding.severity is not Severity.BLOCKS for finding in self.findings)


class HomeAddressUnknown(WebVarttiError):
    """The register has no home address, and none was typed."""

    code = "home-address-unknown"


class LetterAddressUnknown(WebVarttiError):
    """The letter can't go home: the register has no home address, and an address typed in the order is never used for it."""

    code = "letter-address-unknown"


class OrganisationUnknown(WebVarttiError):
    """The register has no such organisation (any more)."""

    code = "organisation-unknown"
