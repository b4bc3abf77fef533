"""Support codes, and the clock of a visitor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webvartti.domain.card_checks import NoSuchCheck, judge_clock, judge_tls, read_support_code, support_code

UNHURRIED = settings(deadline=None, database=None)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@UNHURRIED
@given(st.text())
def test_a_code_is_read_as_it_is_written_and_spoken(random_text: str) -> None:
    code = support_code(random_text)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' - ')} "):
        assert read_support_code(typed) == code


def test_other_random_texts_give_other_codes() -> None:
    assert len({support_code(str(number)) for number in range(500)}) == 500


@UNHURRIED
@given(st.text())
def test_what_can_be_no_code_is_refused_and_nothing_else_happens(typed: str) -> None:
    with pytest.raises(NoSuchCheck):
        read_support_code(f"?{typed}")


@pytest.mark.parametrize("typed", ["", "TK", "WV-2222-2222", "TK-2222-222", "TK-2222-22222", "TK-2222-222O", "TK-2222-2221"])
def test_near_misses_are_refused(typed: str) -> None:
    with pytest.raises(NoSuchCheck):
        read_support_code(typed)


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(0, "clock-right"), (120, "clock-right"), (-120, "clock-right"), (121, "clock-fast"), (-121, "clock-slow")],
)
def test_a_clock_may_be_off_by_two_minutes(seconds: int, outcome: str) -> None:
    said = str(int((NOON + timedelta(seconds=seconds)).timestamp() * 1000))
    assert judge_clock(said, NOON) == (outcome, seconds)


@UNHURRIED
@given(st.text(max_size=30) | st.integers().map(str))
def test_any_clock_has_an_outcome_that_a_column_of_32_bits_holds(said: str) -> None:
    outcome, seconds = judge_clock(said, NOON)
    assert abs(seconds) < 2**31
    assert outcome != "clock-not-asked" or seconds == 0


def test_a_clock_that_was_never_set_is_slow() -> None:
    assert judge_clock("0", NOON)[0] == "clock-slow"


def test_only_the_two_versions_of_tls_are_repeated() -> None:
    assert [judge_tls(text) for text in ("TLSv1.3", "TLSv1.2", "", "<b>")] == [
        "tls-1.3",
        "tls-1.2",
        "tls-not-told",
        "tls-not-told",
    ]
