"""The checks of "Does my card work?": kept as they were judged, found by their code, gone when their time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from webvartti.domain.card_checks import CardCheck, ClockOutcome, TlsOutcome
from webvartti.domain.products import CardKind
from webvartti.domain.reader_software import SoftwareOutcome
from webvartti.storage.errors import ConstraintViolated
from webvartti.storage.unit_of_work import Storage


@pytest.fixture
def check(now: datetime) -> CardCheck:
    late = -(2**31) + 1  # as far as the clock's column goes
    return CardCheck(
        "TK-2222-3333", now, SoftwareOutcome.READY, "1.0.1", ClockOutcome.SLOW, late, TlsOutcome.TLS_1_3, browser="b"
    )


def add(storage: Storage, *checks: CardCheck) -> None:
    with storage.writing() as unit:
        for check in checks:
            unit.card_checks.add(check)
        unit.commit()


def test_a_check_comes_back_as_it_was_kept(storage: Storage, check: CardCheck) -> None:
    tried = replace(check, code="TK-2222-4444", certificate="accepted", kind=CardKind.BACKUP)
    add(storage, check, tried)
    with storage.reading() as unit:
        assert [unit.card_checks.get(each.code) for each in (check, tried)] == [check, tried]
        assert unit.card_checks.get("TK-9999-9999") is None


def test_the_certificate_is_told_to_one_check_and_can_be_tried_again(storage: Storage, check: CardCheck) -> None:
    other = replace(check, code="TK-2222-4444")
    add(storage, check, other)
    with storage.writing() as unit:
        assert unit.card_checks.tell_certificate(check.code, "b", "accepted", CardKind.PROFESSIONAL)
        assert unit.card_checks.tell_certificate(check.code, "b", "certificate-expired", None)
        assert not unit.card_checks.tell_certificate("TK-9999-9999", "b", "accepted", None)
        assert not unit.card_checks.tell_certificate(check.code, "another browser", "accepted", None)
        unit.commit()
    with storage.reading() as unit:
        assert unit.card_checks.get(check.code) == replace(check, certificate="certificate-expired")
        assert unit.card_checks.get(other.code) == other


def test_old_ones_go_and_younger_ones_stay(storage: Storage, check: CardCheck, now: datetime) -> None:
    younger = replace(check, code="TK-2222-4444", at=now + timedelta(microseconds=1))
    add(storage, check, younger)
    with storage.writing() as unit:
        assert unit.card_checks.count_since(now) == 2
        assert unit.card_checks.count_since(now + timedelta(microseconds=1)) == 1
        assert unit.card_checks.delete_older_than(now) == 1
        unit.commit()
    with storage.reading() as unit:
        assert unit.card_checks.get(check.code) is None
        assert unit.card_checks.get(younger.code) == younger


def test_two_checks_never_share_a_code(storage: Storage, check: CardCheck) -> None:
    add(storage, check)
    with pytest.raises(ConstraintViolated):
        add(storage, check)
