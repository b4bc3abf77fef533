"""Stories and people: what the seed fixes, and what every story promises."""

from __future__ import annotations

import re
from datetime import date

import pytest
from stdnum.fi import hetu

from webvartti.demo.people import identity_code, plan_cards
from webvartti.demo.professions import TITLES
from webvartti.demo.stories import STORIES
from webvartti.demo.story import ACCEPTED, NOT_REACHED, TLS_ALERT, CertificateUse, CrlEntry, KeyAlgorithm, Story
from webvartti.domain import certificates
from webvartti.domain.certificates import CertificateRefused
from webvartti.domain.products import CardKind

by_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.slug)


def test_there_are_enough_stories_and_the_first_is_the_ordinary_case() -> None:
    assert len(STORIES) >= 24
    first = STORIES[0]
    assert (first.slug, first.days_left, first.sign_in, first.renewal) == ("aino", 80, ACCEPTED, "approved")


def test_every_kind_algorithm_and_product_is_there() -> None:
    accepted = [story for story in STORIES if story.sign_in == ACCEPTED]
    assert {story.kind for story in accepted} == set(CardKind) - {CardKind.TEST}
    assert {(story.algorithm, story.photo) for story in accepted} == {(a, p) for a in KeyAlgorithm for p in (True, False)}
    assert {story.crl for story in STORIES} == set(CrlEntry)
    assert {story.language for story in STORIES} == {"fi", "sv", "en"}
    assert sum(story.order_on_its_way for story in STORIES) == 1
    assert sum(story.chooses is CertificateUse.SIGNATURE for story in STORIES) == 1


@by_story
def test_a_slug_is_short_ascii_for_commands(story: Story) -> None:
    assert re.fullmatch(r"[a-z][a-z-]{0,19}", story.slug)
    assert [other.slug for other in STORIES].count(story.slug) == 1


@by_story
def test_story_and_expectation_are_one_sentence_each(story: Story) -> None:
    for sentence in (story.story, story.expected):
        assert re.fullmatch(r"[A-Z][^.]{20,}\.", sentence), sentence


@by_story
def test_every_expected_code_exists_in_the_domain(story: Story) -> None:
    refusals = {
        value.code
        for value in vars(certificates).values()
        if isinstance(value, type) and issubclass(value, CertificateRefused) and value is not CertificateRefused
    }
    assert story.sign_in in refusals | {ACCEPTED, TLS_ALERT}
    # findings themselves are checked against the rules in test_demo_expectations.py
    assert re.fullmatch(r"approved|-|(needs-person|blocks):[a-z-]+", story.renewal)
    assert (story.renewal == NOT_REACHED) is (story.sign_in != ACCEPTED)


@by_story
def test_professional_cards_have_a_profession_with_a_title_and_no_other_card_has(story: Story) -> None:
    assert (story.profession in TITLES) is (story.kind is CardKind.PROFESSIONAL)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert plan_cards(2021) == plan_cards(2021)
    once, other = plan_cards(2021), plan_cards(2022)
    assert [plan.story for plan in once] == [plan.story for plan in other]
    assert [plan.name for plan in once] != [plan.name for plan in other]
    assert not {plan.identity.number for plan in once} & {plan.identity.number for plan in other}
    assert not {plan.authentication_serial for plan in once} & {plan.authentication_serial for plan in other}


@pytest.mark.parametrize("seed", [0, 1, 2021])
def test_numbers_are_well_formed_and_given_once(seed: int) -> None:
    plans = plan_cards(seed)
    people = {plan.identity.number: plan for plan in plans}
    shared = sum(bool(plan.story.same_person_as) for plan in plans)
    assert len(people) == len(plans) - shared == len({plan.identity.identity_code for plan in plans})
    serials = [serial for plan in plans for serial in (plan.authentication_serial, plan.signature_serial)]
    assert len(set(serials)) == 2 * len(plans)
    assert all(serial.bit_length() > 120 for serial in serials)
    for plan in plans:
        length = 11 if plan.story.kind is CardKind.PROFESSIONAL else 9
        assert re.fullmatch(rf"\d{{{length}}}", plan.identity.number)
        prescriber = plan.story.profession in ("001", "002")
        assert re.fullmatch(r"\d{6}" if prescriber else "", plan.identity.doctor_id)


@pytest.mark.parametrize("seed", [0, 1, 2021])
def test_identity_codes_are_valid_and_of_the_fictive_kind(seed: int) -> None:
    for plan in plan_cards(seed):
        code = plan.identity.identity_code
        assert hetu.validate(code, allow_temporary=True) == code
        assert code[7] == "9"


def test_the_check_character_of_an_identity_code_is_computed() -> None:
    assert identity_code(date(1985, 1, 8), 981) == "080185-981J"


def test_physician_and_dentist_are_one_person_with_two_cards() -> None:
    plans = {plan.story.slug: plan for plan in plan_cards(2021)}
    physician, dentist = plans["leena-physician"], plans["leena-dentist"]
    assert physician.identity == dentist.identity
    assert (physician.story.profession, dentist.story.profession) == ("001", "002")
    assert physician.authentication_serial != dentist.authentication_serial


def test_names_are_as_hard_as_promised() -> None:
    names = [plan.name for plan in plan_cards(2021)]
    assert any(len(name) > 100 for name in names)
    assert any(all(len(part) == 1 for part in name.split()) for name in names)
    for mark in "åÅäÄöÖ'-":
        assert any(mark in name for name in names), mark
