"""What the lists told of a card, as it is stored with orders: also in rows that are older than some of its fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tests.databases import execute, is_sqlite
from webvartti.domain.certificates import RevocationState, RevocationStatus
from webvartti.domain.orders import Order
from webvartti.storage.forms import revocation_from_json, revocation_to_json
from webvartti.storage.unit_of_work import Storage

HOUR = timedelta(hours=1)


def _in_parts(now: datetime) -> RevocationStatus:
    return RevocationStatus(
        RevocationState.GOOD,
        crl_number=7,
        this_update=now - 3 * HOUR,
        next_update=now + HOUR,
        earliest_update=now - 4 * HOUR,
        latest_update=now - 2 * HOUR,
    )


def _stored(storage: Storage, order: Order) -> RevocationStatus:
    with storage.reading() as unit:
        return unit.orders.get(order.number).revocation


def test_a18_the_first_and_the_last_list_are_stored_with_the_order(storage: Storage, order: Order, now: datetime) -> None:
    status = _in_parts(now)
    assert revocation_from_json(revocation_to_json(status)) == status
    with storage.writing() as unit:
        unit.orders.add(replace(order, revocation=status))
        unit.commit()
    assert _stored(storage, order) == status


def test_a18_a_row_of_before_that_was_told_is_read_by_its_one_list(
    storage: Storage, order: Order, now: datetime, url: str
) -> None:
    with storage.writing() as unit:
        unit.orders.add(replace(order, revocation=_in_parts(now)))
        unit.commit()
    without = "json_remove(revocation, '$.earliest_update', '$.latest_update')"
    if not is_sqlite(url):
        without = "(revocation::jsonb - 'earliest_update' - 'latest_update')::json"
    execute(url, f"UPDATE orders SET revocation = {without}")  # noqa: S608 - the values above
    status = _stored(storage, order)
    assert status == replace(_in_parts(now), earliest_update=None, latest_update=None)
    assert status.tells_all_until(now - 4 * HOUR)
    assert not status.tells_all_until(now - 3 * HOUR)
    assert (status.is_past(now - 4 * HOUR), status.is_past(now - 3 * HOUR)) == (True, False)
