"""What monitoring is told of a real installation, before and after something happens to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Installation
from tests.web.colleagues import ordered
from tests.web.visitor import build_site
from webvartti.domain.crl_fetching import ListState
from webvartti.domain.events import OrderState
from webvartti.domain.measures import StoredMeasures
from webvartti.domain.registers import RegisterKind
from webvartti.services import Services
from webvartti.storage.engine import create_engine

MINUTE = timedelta(minutes=1)


def stored(services: Services) -> StoredMeasures:
    found = services.measures.take(services.clock()).stored
    assert found is not None
    return found


def test_an_order_that_waits_is_in_the_numbers_until_the_worker_has_done_its_part(
    installation: Installation, services: Services
) -> None:
    services.worker.run(services.clock())
    before = stored(services)
    assert (before.cases.count, before.messages.count, before.unsealed) == (0, 0, 0)
    ordered(build_site(installation.settings, services, installation.country), "jorma")
    after = stored(services)
    assert (after.orders[OrderState.SUBMITTED], after.cases.count) == (1, 1)
    assert after.messages.count == 1
    assert after.unsealed >= 2, "the sign-in and the order"
    assert timedelta(0) < after.cases.longest(services.clock()) < MINUTE
    services.worker.run(services.clock())
    done = stored(services)
    assert (done.messages.count, done.unsealed, done.cases.count) == (0, 0, 1)


def test_each_extract_in_use_has_an_age(services: Services) -> None:
    ages = stored(services).extracts
    assert set(ages) == set(RegisterKind)
    later = services.measures.take(services.clock() + timedelta(days=3)).stored
    assert later is not None
    assert all(later.extracts[kind] - ages[kind] > timedelta(days=2) for kind in RegisterKind)


@pytest.mark.only_sqlite("takes its file away")
def test_a40_without_a_database_or_extracts_the_rest_is_told(installation: Installation, services: Services) -> None:
    services.measures.diary.begun("round", services.clock())
    (installation.directory / "webvartti.db").rename(installation.directory / "gone.db")
    (installation.directory / "register" / "rights.sqlite").unlink()
    (installation.directory / "register" / "cards.sqlite").write_bytes(b"damaged")
    found = services.measures.take(services.clock())
    assert found.stored is None
    assert found.extracts == set(RegisterKind) - {RegisterKind.RIGHTS, RegisterKind.CARDS}
    assert {each.state for each in found.crls} == {ListState.IN_FORCE}
    assert [each.name for each in found.repeated] == ["round"]


def test_a_database_of_another_version_counts_as_away(installation: Installation) -> None:
    url = f"sqlite:///{installation.directory / 'empty.db'}"
    create_engine(url, make=True).dispose()
    services = installation.build(DATABASE_URL=url)
    assert services.measures.take(services.clock()).stored is None


def test_lists_that_are_stale_or_missing_are_told_apart(installation: Installation, services: Services) -> None:
    next((installation.directory / "revocation").glob("*.sqlite")).unlink()
    found = services.measures.take(services.clock()).crls
    assert [each.state for each in found].count(ListState.MISSING) == 1
    late = max(each.in_use.next_update for each in found if each.in_use) + MINUTE
    assert {each.state for each in services.measures.take(late).crls} == {ListState.STALE, ListState.MISSING}


def test_a_job_is_idle_since_it_finished_or_since_it_was_begun(services: Services) -> None:
    diary, now = services.measures.diary, services.clock()
    diary.begun("round", now - 5 * MINUTE)
    assert [(job.idle, job.took) for job in diary.loops(now)] == [(5 * MINUTE, None)]
    diary.finished("round", now - MINUTE, timedelta(seconds=3))
    diary.begun("round", now)  # begun again, as after a restart of the thread: what is known stays
    assert [(job.idle, job.took) for job in diary.loops(now)] == [(MINUTE, timedelta(seconds=3))]
