"""What differs between the certificate, the registers and the order: what whoever decides looks at first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from webvartti.domain.addresses import PostalAddress, same_address
from webvartti.domain.calendar import finnish_day
from webvartti.domain.eligibility import RenewalFacts
from webvartti.domain.names import NameDifference, compare_names, folded_name
from webvartti.domain.orders import Order
from webvartti.domain.registers import ProfessionalRight


class Source(StrEnum):
    """Who says it."""

    CERTIFICATE = "certificate"
    PROFESSIONAL_REGISTER = "professional-register"
    POPULATION_DATA = "population-data"
    ORDER = "order"


class Subject(StrEnum):
    """What is compared."""

    NAME = "name"
    CARD_ADDRESS = "card-address"
    LETTER_ADDRESS = "letter-address"
    PROFESSION = "profession"
    RESTRICTION = "restriction"
    RIGHT_ENDS = "right-ends"
    CARD_KIND = "card-kind"
    PHOTO = "photo"
    CARD_ENDS = "card-ends"


@dataclass(frozen=True, slots=True)
class Difference:
    """One subject on which the sources don't agree.

    ``values`` are texts, ISO days, codes of professions, kinds of card, "yes" or "no". A source that says nothing about the
    subject has no value; an empty one means that it should know and has nothing.
    """

    subject: Subject
    values: Mapping[Source, str]


def differences(order: Order, facts: RenewalFacts, *, addresses_shown: bool) -> tuple[Difference, ...]:
    """Only what differs. Without ``addresses_shown`` (non-disclosure) no row holds an address."""
    right = facts.right(finnish_day(order.placed_at))
    found = [*_name(order, facts, right)]
    if addresses_shown:
        found += _addresses(order, facts)
    return (*found, *_right(order, facts, right), *_card(order, facts))


def _name(order: Order, facts: RenewalFacts, right: ProfessionalRight | None) -> Iterator[Difference]:
    on_card, registered = facts.holder.name, f"{right.given_names} {right.surname}" if right else ""
    same = folded_name(order.recipient) == folded_name(registered)
    if right is not None and same:
        names = (facts.holder.surname, facts.holder.given_name), (right.surname, right.given_names)
        same = compare_names(*names) is NameDifference.NONE
    if not same:
        yield Difference(
            Subject.NAME,
            {Source.CERTIFICATE: on_card, Source.PROFESSIONAL_REGISTER: registered, Source.ORDER: order.recipient},
        )


def _addresses(order: Order, facts: RenewalFacts) -> Iterator[Difference]:
    home, delivery = facts.person.home_address if facts.person else None, order.delivery
    to = (
        (Subject.CARD_ADDRESS, delivery.card_address, ""),
        (Subject.LETTER_ADDRESS, delivery.letter_address, delivery.letter_organisation_name),
    )
    for subject, address, organisation in to:
        if home is None or organisation or not same_address(home, address):
            ordered = ", ".join(part for part in (organisation, _line(address)) if part)
            yield Difference(subject, {Source.POPULATION_DATA: _line(home), Source.ORDER: ordered})


def _line(address: PostalAddress | None) -> str:
    return ", ".join(address.lines) if address else ""


def _right(order: Order, facts: RenewalFacts, right: ProfessionalRight | None) -> Iterator[Difference]:
    today, ordered = finnish_day(order.placed_at), order.product.profession
    in_force = sorted({each.profession for each in facts.rights if each.in_force(today)})
    if ordered and ordered not in in_force:
        yield Difference(
            Subject.PROFESSION, {Source.PROFESSIONAL_REGISTER: ", ".join(in_force), Source.ORDER: order.product.profession}
        )
    if right is None:
        return
    if right.restriction:
        yield Difference(Subject.RESTRICTION, {Source.PROFESSIONAL_REGISTER: right.restriction})
    if right.valid_until is not None and right.valid_until < order.estimate.valid_until:
        ends = {Source.PROFESSIONAL_REGISTER: right.valid_until, Source.ORDER: order.estimate.valid_until}
        yield Difference(Subject.RIGHT_ENDS, {source: day.isoformat() for source, day in ends.items()})


def _card(order: Order, facts: RenewalFacts) -> Iterator[Difference]:
    card, product = facts.card, order.product
    kinds = {
        Source.CERTIFICATE: str(facts.holder.kind),
        Source.PROFESSIONAL_REGISTER: str(card.kind) if card else "",
        Source.ORDER: str(product.kind),
    }
    if len(set(kinds.values())) > 1:
        yield Difference(Subject.CARD_KIND, kinds)
    if card is None:
        return
    if card.with_photo != product.with_photo:
        photos = {Source.PROFESSIONAL_REGISTER: card.with_photo, Source.ORDER: product.with_photo}
        yield Difference(Subject.PHOTO, {source: "yes" if photo else "no" for source, photo in photos.items()})
    ends = {
        Source.CERTIFICATE: finnish_day(facts.holder.not_after),
        Source.PROFESSIONAL_REGISTER: card.valid_until,
        Source.ORDER: finnish_day(order.certificate_not_after),
    }
    if len(set(ends.values())) > 1:
        yield Difference(Subject.CARD_ENDS, {source: day.isoformat() for source, day in ends.items()})


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a value; ``differs`` where not every other source has them."""

    text: str
    differs: bool


def parts(text: str, others: Iterable[str]) -> tuple[Part, ...]:
    """The words of ``text`` in runs, those that differ from the ``others`` told apart from those that don't."""
    known = [{_folded(word) for word in other.split()} for other in others]
    told = [(word, any(_folded(word) not in words for words in known)) for word in text.split()]
    return tuple(Part(" ".join(word for word, _ in run), differs) for differs, run in groupby(told, key=lambda each: each[1]))


def _folded(word: str) -> str:
    return folded_name(word.strip(",."))
