"""Who may have the same card anew: pure rules that turn facts into findings.

A rule sees the facts and the policy and yields findings; it reads no clock and asks nobody. Each rule has an id and a version
that are stored with every decision, so that a decision can be explained, and later replayed, as it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from webvartti.domain.addresses import FINLAND, PostalAddress, same_address, undeliverable_parts
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.holders import CardHolder
from webvartti.domain.names import NameDifference, compare_names
from webvartti.domain.products import RULES_OF_KIND, longest_validity
from webvartti.domain.registers import CardInCirculation, ProfessionalRight, RegisteredPerson


class Severity(StrEnum):
    """What a finding does to an order."""

    BLOCKS = "blocks"
    NEEDS_PERSON = "needs-person"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule saw. ``values`` are what led to it, as text, ready to be stored and to be put into words."""

    code: str
    severity: Severity
    rule: str
    version: int
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """What an operator may choose.

    ``window_days`` is how many days before expiry renewal opens; None means at any time (the source document has no window).
    ``automatic_decisions`` False sends every order to a person.
    """

    window_days: int | None = None
    automatic_decisions: bool = True


@dataclass(frozen=True, slots=True)
class RenewalFacts:
    """All that the rules may look at, gathered before. ``address`` is None until the holder has chosen one.

    ``rights`` are all of the person's rights, ``cards`` all of their cards in circulation; ``open_order`` is the number of the
    order already on its way for this card, empty where there is none. ``letter_organisation`` is the name of the workplace that
    gets the activation letter, empty where it goes home.
    """

    holder: CardHolder
    revocation: RevocationStatus
    rights: tuple[ProfessionalRight, ...]
    cards: tuple[CardInCirculation, ...]
    person: RegisteredPerson | None
    open_order: str = ""
    address: PostalAddress | None = None
    letter_organisation: str = ""

    @property
    def card(self) -> CardInCirculation | None:
        """The register's row of the card that signed in."""
        return next((card for card in self.cards if card.certificate_serial == self.holder.card.serial), None)

    def right(self, today: date) -> ProfessionalRight | None:
        """The right that the new card would be bound to: of the card's profession, in force, lasting longest."""
        card = self.card
        candidates = [
            right for right in self.rights if right.in_force(today) and (card is None or right.profession == card.profession)
        ]
        return max(candidates, key=lambda right: right.valid_until or date.max, default=None)


def new_card_valid_until(facts: RenewalFacts, made_on: date) -> date | None:
    """The last day of the new card were it made on ``made_on``: five years, or until the right ends. None without a right."""
    right = facts.right(made_on)
    longest = longest_validity(facts.holder.kind, made_on)
    if right is None or longest is None:
        return None
    return longest if right.valid_until is None else min(longest, right.valid_until)


def _seen(code: str, severity: Severity, **values: str) -> Finding:
    """A finding as a rule gives it; ``findings`` adds the rule's name and version."""
    return Finding(code, severity, "", 0, values)


def _product(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """Only professional cards are renewed in self-service; whose product isn't known can't be ordered anew."""
    kind = facts.holder.kind
    if not RULES_OF_KIND[kind].self_service_renewal:
        yield _seen("product-not-renewable", Severity.BLOCKS, kind=kind)
    elif facts.card is None or facts.card.kind is not kind:
        yield _seen("card-not-in-register", Severity.BLOCKS)


def _right(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """A professional card is bound to a valid right; a right that ends shortens the card."""
    if not RULES_OF_KIND[facts.holder.kind].self_service_renewal:
        return
    right = facts.right(today)
    if right is None:
        profession = facts.card.profession if facts.card else ""
        of_card = [right for right in facts.rights if not profession or right.profession == profession]
        if not of_card:
            yield _seen("right-missing", Severity.BLOCKS)
        elif all(right.valid_from > today for right in of_card):
            opens = min(right.valid_from for right in of_card)
            yield _seen("right-not-yet-valid", Severity.BLOCKS, valid_from=opens.isoformat())
        else:
            ended = max(right.valid_until for right in of_card if right.valid_until and right.valid_from <= today)
            yield _seen("right-ended", Severity.BLOCKS, valid_until=ended.isoformat())
        return
    if right.restriction:
        yield _seen("right-restricted", Severity.NEEDS_PERSON, restriction=right.restriction)
    longest, until = longest_validity(facts.holder.kind, today), new_card_valid_until(facts, today)
    if until is not None and longest is not None and until < longest:
        yield _seen("right-shortens-validity", Severity.INFORMATION, valid_until=until.isoformat())


def _name(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """One changed name is everyday life; two at once may be somebody else, so a person looks."""
    right = facts.right(today)
    if right is None:
        return
    holder = facts.holder
    match compare_names((holder.surname, holder.given_name), (right.surname, right.given_names)):
        case NameDifference.NONE:
            return
        case NameDifference.PARTLY:
            severity = Severity.INFORMATION
        case NameDifference.WHOLLY:
            severity = Severity.NEEDS_PERSON
    values = {"on_card": holder.name, "in_register": f"{right.given_names} {right.surname}"}
    yield _seen("name-changed", severity, **values)


def _window(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """Renewal opens ``window_days`` before expiry, or at once where the name has changed (DVV)."""
    if policy.window_days is None or any(_name(facts, policy, today)):
        return
    opens = facts.holder.not_after.date() - timedelta(days=policy.window_days)
    if today < opens:
        yield _seen("window-not-open", Severity.BLOCKS, opens=opens.isoformat())


def _one_card(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """One open order a card; one card a profession."""
    if facts.open_order:
        yield _seen("order-open", Severity.BLOCKS, number=facts.open_order)
    card = facts.card
    if card is not None and any(
        other.profession == card.profession and other.kind is card.kind and other.valid_until > card.valid_until
        for other in facts.cards
    ):
        yield _seen("newer-card-held", Severity.NEEDS_PERSON)


def _certificate(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """The card must be unrevoked now, not only when it signed in."""
    match facts.revocation.state:
        case RevocationState.GOOD:
            return
        case RevocationState.REVOKED:
            yield _seen("certificate-revoked", Severity.BLOCKS)
        case RevocationState.ON_HOLD:
            yield _seen("certificate-on-hold", Severity.BLOCKS)
        case RevocationState.STALE | RevocationState.MISSING:
            yield _seen("revocation-unknown", Severity.BLOCKS)


def _address(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """A protected address is handled in person; an address other than the register's is looked at by a person."""
    if facts.person is not None and facts.person.non_disclosure:
        yield _seen("non-disclosure", Severity.BLOCKS)
        return
    if facts.address is None:
        return
    wrong = undeliverable_parts(facts.address)
    if wrong:
        yield _seen("address-undeliverable", Severity.BLOCKS, parts=", ".join(wrong))
        return
    registered = facts.person.home_address if facts.person else None
    if registered is None or not same_address(registered, facts.address):
        yield _seen("address-differs", Severity.NEEDS_PERSON)
    if facts.address.country != FINLAND:
        yield _seen("address-abroad", Severity.NEEDS_PERSON, country=facts.address.country)


def _letter(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """Where the letter goes is the holder's choice; whoever looks at the order sees it."""
    if facts.letter_organisation:
        yield _seen("letter-to-organisation", Severity.INFORMATION, organisation=facts.letter_organisation)


def _automatic(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> Iterator[Finding]:
    """The operator may want a person to see everything."""
    if not policy.automatic_decisions:
        yield _seen("everything-to-people", Severity.NEEDS_PERSON)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named, versioned rule. Whoever changes what a rule says raises its version."""

    id: str
    version: int
    check: Callable[[RenewalFacts, RenewalPolicy, date], Iterator[Finding]]


RULES: tuple[Rule, ...] = (
    Rule("product", 1, _product),
    Rule("right", 1, _right),
    Rule("name", 1, _name),
    Rule("window", 1, _window),
    Rule("one-card", 1, _one_card),
    Rule("certificate", 1, _certificate),
    Rule("address", 1, _address),
    Rule("letter", 1, _letter),
    Rule("automatic-decisions", 1, _automatic),
)


def findings(facts: RenewalFacts, policy: RenewalPolicy, today: date) -> tuple[Finding, ...]:
    """What every rule has to say, in the order of the rules. ``today`` is the Finnish calendar day."""
    return tuple(
        Finding(seen.code, seen.severity, rule.id, rule.version, seen.values)
        for rule in RULES
        for seen in rule.check(facts, policy, today)
    )


def worst(found: tuple[Finding, ...]) -> Severity | None:
    """The gravest severity among them; None where nothing was found."""
    order = (Severity.BLOCKS, Severity.NEEDS_PERSON, Severity.INFORMATION)
    return next((severity for severity in order if any(finding.severity is severity for finding in found)), None)
