"""What each story promises, against the real judge, the real register and the real rules."""

from __future__ import annotations

from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from webvartti.demo.country import Country, DemoCard
from webvartti.demo.stories import STORIES
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.certificates import AcceptedCard, CertificateRefused, PathInvalid
from webvartti.domain.eligibility import Finding, RenewalFacts, RenewalPolicy, Severity, findings, new_card_valid_until, worst
from webvartti.domain.registers import RegisterKind
from webvartti.pki.crl_index import CrlIndex
from webvartti.pki.judge import Judge
from webvartti.pki.trust import load_trust
from webvartti.registry.embedded import EmbeddedRegister

TYPED = PostalAddress("Kirjoitettu katu 1", "00100", "Helsinki")


@pytest.fixture(scope="session")
def judge(country: Country, moment: datetime, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    trust = load_trust(country.directory / "trust.toml", moment)
    index = CrlIndex(tmp_path_factory.mktemp("revocation"), trust)
    for crl in sorted((country.directory / "crl").glob("*.crl")):
        index.load(crl, moment, lambda done, total: None)
    return Judge(trust, index, production=False)


@pytest.fixture(scope="session")
def register(country: Country, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedRegister:
    register = EmbeddedRegister(tmp_path_factory.mktemp("register"))
    for kind in RegisterKind:
        register.load(kind, country.directory / "registers" / f"{kind}.csv", skip_bad=False, progress=lambda done, total: None)
    return register


def judged(judge: Judge, card: DemoCard, now: datetime) -> AcceptedCard:
    return judge.judge(x509.load_pem_x509_certificate(card.chosen_pem.read_bytes()).public_bytes(Encoding.DER), now)


def facts_of(accepted: AcceptedCard, register: EmbeddedRegister, card: DemoCard) -> RenewalFacts:
    number = accepted.holder.person.registration_number or ""
    person = register.person(number) if number else None
    return RenewalFacts(
        holder=accepted.holder,
        revocation=accepted.revocation,
        rights=register.rights(number),
        cards=register.cards(number),
        person=person,
        open_order="2026-1" if card.order_on_its_way else "",
        address=(person.home_address if person else None) or TYPED,
    )


def seen(found: tuple[Finding, ...], severity: Severity) -> list[str]:
    return [finding.code for finding in found if finding.severity is severity]


@pytest.mark.parametrize("slug", [story.slug for story in STORIES])
def test_a09_sign_in_is_as_the_story_expects(country: Country, judge: Judge, moment: datetime, slug: str) -> None:
    card = country.card(slug)
    if card.sign_in == "accepted":
        holder = judged(judge, card, moment).holder
        assert (holder.name, holder.kind, holder.person.serial_number) == (card.name, card.kind, card.number)
        assert holder.card.serial == card.certificate_serial
        return
    with pytest.raises(CertificateRefused) as caught:
        judged(judge, card, moment)
    # TLS ends the connection of a forged card; were it to get through, the judge would refuse it for its path
    assert caught.value.code == (PathInvalid.code if card.sign_in == "tls-alert" else card.sign_in)


@pytest.mark.parametrize("slug", [story.slug for story in STORIES if story.sign_in == "accepted"])
def test_a11_renewal_is_as_the_story_expects(
    country: Country, judge: Judge, register: EmbeddedRegister, moment: datetime, slug: str
) -> None:
    card = country.card(slug)
    facts = facts_of(judged(judge, card, moment), register, card)
    found = findings(facts, RenewalPolicy(), moment.date())
    outcome, _, code = card.renewal.partition(":")
    if outcome == "approved":
        assert worst(found) in (None, Severity.INFORMATION), found
    elif outcome == "needs-person":
        assert seen(found, Severity.BLOCKS) == []
        assert seen(found, Severity.NEEDS_PERSON) == [code]
    else:
        assert seen(found, Severity.BLOCKS)[0] == code


def test_the_limited_right_gives_a_card_of_14_months(
    country: Country, judge: Judge, register: EmbeddedRegister, moment: datetime
) -> None:
    card = country.card("noora")
    until = new_card_valid_until(facts_of(judged(judge, card, moment), register, card), moment.date())
    assert until is not None
    assert (until.year - moment.year) * 12 + until.month - moment.month == 14


def test_a_prescriber_carries_the_doctor_id(country: Country, judge: Judge, moment: datetime) -> None:
    assert len(judged(judge, country.card("antti"), moment).holder.doctor_id) == 6
    assert judged(judge, country.card("aino"), moment).holder.doctor_id == ""
