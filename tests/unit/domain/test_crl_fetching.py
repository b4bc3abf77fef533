"""When an address is asked again: every interval, sooner near nextUpdate, later after failures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webvartti.domain.certificates import RevocationList
from webvartti.domain.crl_fetching import CrlAddress, FetchRecord, due_at, list_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TRIED = FetchRecord("http://crl.example.fi/ca.crl", NOW, sha256="aa")
LIST = RevocationList("CN=CA", "", 7, NOW - HOUR, NOW + 100 * HOUR, 10, "aa")


def due(record: FetchRecord | None, in_use: RevocationList | None, every: timedelta = HOUR) -> timedelta:
    """How long after the last try."""
    return due_at(record, in_use, every, NOW) - NOW


def test_an_address_that_was_never_asked_is_due_now() -> None:
    assert due(None, None) == due(None, LIST) == timedelta(0)


def test_a_good_list_far_from_its_end_is_asked_for_every_interval() -> None:
    assert due(TRIED, LIST) == HOUR


@pytest.mark.parametrize(
    ("ends_in", "expected"),
    [
        (2 * HOUR, HOUR),
        (2 * HOUR - MINUTE, HOUR - MINUTE),
        (HOUR + 10 * MINUTE, 10 * MINUTE),
        (HOUR + MINUTE, 5 * MINUTE),
        (MINUTE, 5 * MINUTE),
        (-HOUR, 5 * MINUTE),
        (-1000 * HOUR, 5 * MINUTE),
    ],
)
def test_a_list_near_its_end_is_asked_for_sooner(ends_in: timedelta, expected: timedelta) -> None:
    assert due(TRIED, replace(LIST, next_update=NOW + ends_in)) == expected


def test_never_more_often_than_once_a_minute() -> None:
    assert due(TRIED, replace(LIST, next_update=NOW), every=2 * MINUTE) == MINUTE


def test_a_list_that_has_gone_is_asked_for_soon() -> None:
    assert due(TRIED, None) == 5 * MINUTE


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (10_000, 60)])
def test_failures_double_the_wait_up_to_the_interval(failures: int, minutes: int) -> None:
    failed = replace(TRIED, failures=failures, problem="download-unreachable")
    assert due(failed, LIST) == due(failed, None) == minutes * MINUTE


def test_a_clock_that_was_set_back_does_not_stop_the_fetching() -> None:
    assert due_at(TRIED, LIST, HOUR, NOW - timedelta(days=3)) == NOW - timedelta(days=3)


def test_the_list_of_an_address_is_the_one_that_it_gave() -> None:
    address = CrlAddress("CN=CA", TRIED.url)
    other = replace(LIST, scope="part 2", sha256="bb", next_update=NOW + HOUR)
    assert list_of(address, TRIED, (LIST, other)) is LIST
    assert list_of(address, None, (LIST, other)) is other  # the one that ends first
    assert list_of(address, replace(TRIED, sha256="cc"), (LIST, other)) is other
    assert list_of(CrlAddress("CN=Other", TRIED.url), None, (LIST, other)) is None
