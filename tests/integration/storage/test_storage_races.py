"""Twenty threads at once: one wins, and every other is told so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from webvartti.domain.errors import WebVarttiError
from webvartti.domain.holders import Person
from webvartti.domain.orders import KeyAlreadyUsed, Order, OrderAlreadyOpen
from webvartti.domain.sessions import Ticket
from webvartti.storage.unit_of_work import Storage

THREADS = 20


def _at_once(act: Callable[[int], str]) -> Counter[str]:
    """What each thread got: the answer of ``act``, or the name of its error."""
    barrier = Barrier(THREADS)

    def one(count: int) -> str:
        barrier.wait()
        try:
            return act(count)
        except WebVarttiError as error:
            return type(error).__name__

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))


def test_a_ticket_is_burnt_once(storage: Storage, ticket: Ticket, now: datetime) -> None:
    with storage.writing() as unit:
        unit.tickets.add(ticket)
        unit.commit()

    def burn(count: int) -> str:
        with storage.writing() as unit:
            burnt = unit.tickets.burn(ticket.ticket_hash, ticket.cookie_hash, now)
            unit.commit()
        return "nothing" if burnt is None else burnt.ticket_hash

    assert _at_once(burn) == {ticket.ticket_hash: 1, "nothing": THREADS - 1}


def test_a29_a_card_gets_one_open_order(storage: Storage, order: Order, numbered: Callable[..., Order]) -> None:
    told = set()

    def place(count: int) -> str:
        try:
            with storage.writing() as unit:
                unit.orders.add(numbered(count, card=order.card))
                unit.commit()
        except OrderAlreadyOpen as error:
            told.add(error.number)
            raise
        return "placed"

    assert _at_once(place) == {"placed": 1, "OrderAlreadyOpen": THREADS - 1}
    with storage.reading() as unit:
        (stored,) = unit.orders.of_person(order.person)
    assert told == {stored.number}


def test_a29_an_idempotency_key_makes_one_order(
    storage: Storage, person: Person, numbered: Callable[..., Order], now: datetime
) -> None:
    told = set()

    def submit(count: int) -> str:
        try:
            with storage.writing() as unit:
                unit.idempotency.claim("one form", person, numbered(count).number, now)
                unit.orders.add(numbered(count))
                unit.commit()
        except KeyAlreadyUsed as error:
            told.add(error.number)
            raise
        return "placed"

    assert _at_once(submit) == {"placed": 1, "KeyAlreadyUsed": THREADS - 1}
    with storage.reading() as unit:
        (stored,) = unit.orders.of_person(person)
        assert unit.idempotency.number("one form", person) == stored.number
    assert told == {stored.number}


def test_different_orders_all_get_in(storage: Storage, person: Person, numbered: Callable[..., Order]) -> None:
    def place(count: int) -> str:
        with storage.writing() as unit:
            unit.orders.add(numbered(count))
            unit.commit()
        return "placed"

    assert _at_once(place) == {"placed": THREADS}
    with storage.reading() as unit:
        assert len(unit.orders.of_person(person)) == THREADS
