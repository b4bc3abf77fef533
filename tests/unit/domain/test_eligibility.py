"""Which facts lead to which findings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.unit.domain.facts import HOME, NOW, TODAY, card, facts, holder, right
from webvartti.domain.addresses import PostalAddress
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.decisions import RULES_VERSION, Outcome, decide
from webvartti.domain.eligibility import RULES, RenewalPolicy, Severity, findings, new_card_valid_until
from webvartti.domain.products import CardKind

ANY_TIME = RenewalPolicy()


def codes(**changes: Any) -> list[str]:
    return [finding.code for finding in findings(facts(**changes), ANY_TIME, TODAY)]


def test_nothing_unusual_gives_no_finding_and_is_approved_by_rules() -> None:
    found = findings(facts(), ANY_TIME, TODAY)
    assert found == ()
    decision = decide(found, NOW)
    assert decision is not None
    assert decision.outcome is Outcome.APPROVED
    assert decision.rules_version == RULES_VERSION


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holder": holder(kind=CardKind.STAFF)}, "product-not-renewable"),
        ({"holder": holder(kind=CardKind.ACTOR)}, "product-not-renewable"),
        ({"holder": holder(kind=CardKind.BACKUP)}, "product-not-renewable"),
        ({"cards": ()}, "card-not-in-register"),
        ({"rights": ()}, "right-missing"),
        ({"rights": (right(profession="002"),)}, "right-missing"),
        ({"rights": (right(valid_until=TODAY - timedelta(days=1)),)}, "right-ended"),
        ({"rights": (right(valid_from=TODAY + timedelta(days=1)),)}, "right-not-yet-valid"),
        ({"open_order": "WV-7K3M-9Q4P"}, "order-open"),
        ({"address": PostalAddress("Esimerkkikatu 5", "1234", "Helsinki")}, "address-undeliverable"),
        ({"revocation": RevocationStatus(RevocationState.REVOKED, 7)}, "certificate-revoked"),
        ({"revocation": RevocationStatus(RevocationState.ON_HOLD, 7)}, "certificate-on-hold"),
        ({"revocation": RevocationStatus(RevocationState.STALE, 7)}, "revocation-unknown"),
        ({"revocation": RevocationStatus(RevocationState.MISSING)}, "revocation-unknown"),
    ],
)
def test_a11_what_blocks(changes: dict[str, Any], code: str) -> None:
    found = findings(facts(**changes), ANY_TIME, TODAY)
    assert code in [finding.code for finding in found if finding.severity is Severity.BLOCKS]
    assert decide(found, NOW) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rights": (right(restriction="not alone"),)}, "right-restricted"),
        ({"rights": (right(surname="Virtanen", given_names="Eeva"),)}, "name-changed"),
        ({"address": PostalAddress("Muukatu 1", "00100", "Helsinki")}, "address-differs"),
        ({"address": PostalAddress("Storgatan 1", "11122", "Stockholm", "SE")}, "address-abroad"),
        ({"cards": (card(), card(certificate_serial="99", valid_until=date(2030, 1, 1)))}, "newer-card-held"),
    ],
)
def test_what_needs_a_person(changes: dict[str, Any], code: str) -> None:
    found = findings(facts(**changes), ANY_TIME, TODAY)
    assert code in [finding.code for finding in found if finding.severity is Severity.NEEDS_PERSON]
    assert all(finding.severity is not Severity.BLOCKS for finding in found)
    assert decide(found, NOW) is None


def test_a_letter_to_a_workplace_is_told_and_stored_but_stops_nothing() -> None:
    found = findings(facts(letter_organisation="Esimerkin apteekki"), ANY_TIME, TODAY)
    assert [(finding.code, finding.severity) for finding in found] == [("letter-to-organisation", Severity.INFORMATION)]
    assert found[0].values == {"organisation": "Esimerkin apteekki"}


def test_a_setting_sends_everything_to_people() -> None:
    found = findings(facts(), RenewalPolicy(automatic_decisions=False), TODAY)
    assert [finding.code for finding in found] == ["everything-to-people"]
    assert decide(found, NOW) is None


def test_a_changed_surname_is_information_and_the_order_is_still_automatic() -> None:
    found = findings(facts(rights=(right(surname="Mäkinen-Niemi"),)), ANY_TIME, TODAY)
    assert [(finding.code, finding.severity) for finding in found] == [("name-changed", Severity.INFORMATION)]
    assert decide(found, NOW) is not None


def test_a_protected_address_blocks_and_is_in_no_finding() -> None:
    person = facts().person
    assert person is not None
    protected = facts(person=type(person)(person.registration_number, HOME, True, "fi"))
    found = findings(protected, ANY_TIME, TODAY)
    assert [finding.code for finding in found] == ["non-disclosure"]
    assert HOME.street not in repr(found)


@pytest.mark.parametrize("days", [-1, 0, 1])
@pytest.mark.parametrize("window", [None, 0, 60, 90])
def test_a31_window_boundaries(window: int | None, days: int) -> None:
    """``days`` after the day on which the window opens; none is always open, zero opens on the last day."""
    ends = holder().not_after.date()
    today = ends - timedelta(days=window or 0) + timedelta(days=days)
    found = findings(facts(), RenewalPolicy(window_days=window), today)
    closed = "window-not-open" in [finding.code for finding in found]
    assert closed == (window is not None and days < 0)


def test_a_changed_name_opens_the_window() -> None:
    policy = RenewalPolicy(window_days=0)
    assert "window-not-open" in [finding.code for finding in findings(facts(), policy, TODAY)]
    changed = findings(facts(rights=(right(surname="Niemi"),)), policy, TODAY)
    assert "window-not-open" not in [finding.code for finding in changed]


def test_the_card_lives_five_years_or_until_the_right_ends() -> None:
    assert new_card_valid_until(facts(), TODAY) == date(2031, 11, 23)
    limited = facts(rights=(right(valid_until=date(2028, 1, 23)),))
    assert new_card_valid_until(limited, TODAY) == date(2028, 1, 23)
    found = findings(limited, ANY_TIME, TODAY)
    assert [(finding.code, finding.values["valid_until"]) for finding in found] == [("right-shortens-validity", "2028-01-23")]
    assert new_card_valid_until(facts(), date(2028, 2, 29)) == date(2033, 2, 28)


def test_the_right_of_the_card_s_own_profession_counts() -> None:
    both = (right(profession="001", valid_until=date(2027, 5, 1)), right(profession="002"))
    dentist = facts(rights=both, cards=(card(profession="002"),))
    assert new_card_valid_until(dentist, TODAY) == date(2031, 11, 23)
    physician = facts(rights=both, cards=(card(profession="001"), card(certificate_serial="77", profession="002")))
    assert new_card_valid_until(physician, TODAY) == date(2027, 5, 1)


def test_an_ended_right_beside_one_to_come_names_the_end() -> None:
    rights = (right(valid_until=date(2026, 1, 1)), right(valid_from=date(2027, 1, 1)))
    assert codes(rights=rights) == ["right-ended"]


def test_every_finding_carries_its_rule_and_version() -> None:
    found = findings(facts(rights=(), open_order="WV-7K3M-9Q4P", cards=()), RenewalPolicy(automatic_decisions=False), TODAY)
    known = {(rule.id, rule.version) for rule in RULES}
    assert len(found) >= 4
    assert {(finding.rule, finding.version) for finding in found} <= known
    assert all(part in RULES_VERSION for part in (f"{rule.id}.{rule.version}" for rule in RULES))
