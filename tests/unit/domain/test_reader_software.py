"""What a browser learned of the reader software: every answer gets one of the outcomes, and nothing makes it fall over."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webvartti.demo.reader_software import Answer, version_answer
from webvartti.domain.reader_software import (
    LONGEST_ANSWER,
    Asked,
    SoftwareOutcome,
    asked,
    judge_software,
    version_number,
)

MINIMUM = (1, 0, 1)
FIELDS = {"version": "1.1", "httpMethods": "GET, POST", "hashAlgorithms": ["SHA256"]}


def judged(answer: object, minimum: tuple[int, ...] = MINIMUM) -> tuple[str, str]:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    found = judge_software(Asked.ANSWERED, text, minimum)
    return found.outcome, found.version


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer.V1_0_1, ("card-in-reader", "1.0.1")),
        (Answer.V1_1, ("card-in-reader", "1.1")),
        (Answer.V1_2, ("card-in-reader", "1.2")),
        (Answer.NO_CARD, ("no-card-in-reader", "1.1")),
        (Answer.OLD, ("reader-software-too-old", "1.0")),
    ],
)
def test_what_the_stand_in_answers_is_told_apart(answer: Answer, expected: tuple[str, str]) -> None:
    assert judged(version_answer(answer)) == expected


@pytest.mark.parametrize(
    ("hashes", "outcome"),
    [
        (["SHA256"], "card-in-reader"),
        ("SHA1, SHA256", "card-in-reader"),
        ([], "no-card-in-reader"),
        ("", "no-card-in-reader"),
        (" , ", "no-card-in-reader"),
        ([""], "no-card-in-reader"),
        (None, "no-card-in-reader"),
        (7, "not-reader-software"),
        (True, "not-reader-software"),
        ({"SHA256": 1}, "not-reader-software"),
        (["SHA256", 7], "not-reader-software"),
        (["x" * 65], "not-reader-software"),
        (["SHA256"] * 65, "not-reader-software"),
    ],
)
def test_hash_algorithms_mean_that_a_card_is_in_the_reader(hashes: object, outcome: str) -> None:
    assert judged({**FIELDS, "hashAlgorithms": hashes})[0] == outcome


def test_without_the_field_no_card_is_there() -> None:
    assert judged({"version": "1.1", "signatureTypes": []})[0] == "no-card-in-reader"


@pytest.mark.parametrize(
    "version", [None, 1.1, 11, "", "1", "v1.1", "1.1\n", "1.1 ", "1..1", "١.١", "1.1.1.1.1", "9" * 50, ["1.1"]]
)
def test_what_is_no_version_is_no_reader_software_and_not_repeated(version: object) -> None:
    assert judged({**FIELDS, "version": version}) == ("not-reader-software", "")


def test_another_major_version_is_another_program_and_named() -> None:
    assert judged({**FIELDS, "version": "3.25"}) == ("not-reader-software", "3.25")


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [("1.1", "1.1.0", True), ("1.1.0", "1.1", True), ("1.10", "1.9", True), ("1.0.1", "1.1", False), ("1.2", "1.1", True)],
)
def test_versions_are_compared_number_by_number(version: str, minimum: str, enough: bool) -> None:
    outcome, _ = judged({**FIELDS, "version": version}, version_number(minimum))
    assert (outcome == "card-in-reader") is enough


@pytest.mark.parametrize(
    "answer",
    ["", "null", "[]", "7", '"1.1"', "{}", '{"version": "1.1"}', "{" * 4000, "[" * 4000, "1" * 4096,
     '{"a": NaN', "\ud800", "<html>",
     json.dumps({**FIELDS, "contentTypes": "x" * LONGEST_ANSWER})],
)  # fmt: skip
def test_what_the_specification_doesnt_know_is_another_program(answer: str) -> None:
    assert judged(answer) == ("not-reader-software", "")


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("", "reader-software-not-asked"),
        ("not-reached", "reader-software-not-reached"),
        ("forbidden", "local-access-forbidden"),
        ("too-slow", "reader-software-too-slow"),
        ("withheld", "not-reader-software"),
        ("anything else", "reader-software-not-asked"),
        ("ANSWERED", "reader-software-not-asked"),
    ],
)
def test_without_an_answer_the_way_it_ended_counts(how: str, outcome: str) -> None:
    assert judge_software(asked(how), json.dumps(FIELDS), MINIMUM).outcome == outcome


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=10,
)
LIKELY = st.fixed_dictionaries(
    {"version": JSON | st.from_regex(r"\A[0-9.]{1,9}\Z"), "httpMethods": JSON, "hashAlgorithms": JSON}
)


@settings(deadline=None, database=None)
@given(st.text(max_size=300) | JSON.map(json.dumps) | LIKELY.map(json.dumps), st.sampled_from(["answered", "too-slow", "x"]))
def test_any_answer_has_an_outcome_and_only_a_version_comes_through(answer: str, how: str) -> None:
    found = judge_software(asked(how), answer, MINIMUM)
    assert found.outcome in set(SoftwareOutcome)
    assert set(found.version) <= set("0123456789.")
    assert len(found.version) <= 20
