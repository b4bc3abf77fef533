"""Finding orders by number, registration number and name on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.integration.storage.cases import add, asked_of, is_read_whole, plans_of
from webvartti.domain.events import Actor, ActorKind, EventKind
from webvartti.domain.holders import Person
from webvartti.domain.orders import Order, happened
from webvartti.storage.unit_of_work import Storage

Numbered = Callable[..., Order]
JOB = Actor(ActorKind.SYSTEM, "job")


@pytest.fixture
def named(storage: Storage, numbered: Numbered) -> Callable[[str], list[str]]:
    """Orders in these names; the search gives names."""
    names = ["Aino Maria Mäkinen", "Åsa Österåker-Äijälä", "Aino Virtanen", "José Muñoz d'Arc", "Aina Aino Mäki", "Li Ng"]
    orders = [numbered(count, recipient=name) for count, name in enumerate(names, 1)]
    orders[5] = replace(orders[5], person=Person("registration-number", "00098705799"))
    add(storage, *orders)

    def find(text: str) -> list[str]:
        with storage.reading() as unit:
            return [order.recipient for order in unit.cases.find(text, 50)]

    return find


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("makinen", {"Aino Maria Mäkinen"}),
        ("MÄKINEN", {"Aino Maria Mäkinen"}),
        ("aino mäkinen", {"Aino Maria Mäkinen"}),
        ("mäkinen aino", {"Aino Maria Mäkinen"}),
        ("  Mäkinen,  Aino ", {"Aino Maria Mäkinen"}),
        ("mäki", {"Aino Maria Mäkinen", "Aina Aino Mäki"}),
        ("aino", {"Aino Maria Mäkinen", "Aino Virtanen", "Aina Aino Mäki"}),
        ("ai", {"Aino Maria Mäkinen", "Aino Virtanen", "Aina Aino Mäki", "Åsa Österåker-Äijälä"}),
        ("osteraker", {"Åsa Österåker-Äijälä"}),
        ("aijala asa", {"Åsa Österåker-Äijälä"}),
        ("Österåker-Äijälä", {"Åsa Österåker-Äijälä"}),
        ("A\u030asa", {"Åsa Österåker-Äijälä"}),
        ("munoz darc", set()),
        ("munoz d’arc", {"José Muñoz d'Arc"}),
        ("ng", {"Li Ng"}),
        ("kinen", set()),
        ("aino zz", set()),
        ("", set()),
        ("   ", set()),
        ("--", set()),
        ("WV-2026-000003", {"Aino Virtanen"}),
        (" wv-2026-000003 ", {"Aino Virtanen"}),
        ("WV-2026-0000033", set()),
        ("00098705799", {"Li Ng"}),
        ("000 987 05799", {"Li Ng"}),
        ("0009870579", set()),
        ("00098705718", {"Aino Maria Mäkinen", "Åsa Österåker-Äijälä", "Aino Virtanen", "José Muñoz d'Arc", "Aina Aino Mäki"}),
    ],
)
def test_search(named: Callable[[str], list[str]], text: str, names: set[str]) -> None:
    found = named(text)
    assert set(found) == names
    assert len(found) == len(names)


@pytest.mark.parametrize("typed", ["WV-7K3M-9Q4P", "wv7k3m9q4p", "WV 7K3M 9Q4P", " wv-7k3m9q4p "])
def test_an_order_number_needs_no_dashes(storage: Storage, order: Order, typed: str) -> None:
    add(storage, replace(order, number="WV-7K3M-9Q4P"))
    with storage.reading() as unit:
        assert [found.number for found in unit.cases.find(typed, 5)] == ["WV-7K3M-9Q4P"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), max_size=80) | st.sampled_from(["%", "_", "' OR 1=1 --", "\x00", "a" * 100_000, "a " * 9999]))
def test_hostile_searches_find_nothing_and_break_nothing(storage: Storage, text: str) -> None:
    with storage.reading() as unit:
        assert unit.cases.find(text, 50) == ()


def test_the_newest_come_first_and_no_more_than_asked_for(storage: Storage, numbered: Numbered) -> None:
    orders = [numbered(count, recipient="Matti Meikäläinen") for count in range(1, 8)]
    add(storage, *orders)
    with storage.reading() as unit:
        found = unit.cases.find("meikäläinen", 3)
        assert [order.number for order in found] == [order.number for order in reversed(orders[4:])]
        assert found[0] == orders[6]


def test_another_name_is_found_and_the_former_isn_t(storage: Storage, order: Order, now: datetime) -> None:
    add(storage, order)
    renamed = replace(happened(order, EventKind.HELD, JOB, now), recipient="Åsa Lindqvist")
    with storage.writing() as unit:
        unit.orders.save(renamed, seen_version=order.version)
        unit.commit()
    with storage.reading() as unit:
        assert unit.cases.find("osteraker", 5) == ()
        assert unit.cases.find("asa lindqvist", 5) == (renamed,)


@pytest.mark.parametrize("text", ["makinen", "aino makinen", "WV-2026-000001", "00098705718"])
def test_no_search_reads_a_whole_table(engine: Engine, storage: Storage, url: str, order: Order, text: str) -> None:
    add(storage, replace(order, recipient="Aino Mäkinen"))
    asked = asked_of(engine)
    with storage.reading() as unit:
        assert len(unit.cases.find(text, 2)) == 1
        unit.review_decisions.due(order.placed_at, 5)
    plans = plans_of(url, asked)
    assert len(plans) >= 4
    for plan in plans:
        assert not is_read_whole(plan, "orders")
        assert not is_read_whole(plan, "order_names")
        assert not is_read_whole(plan, "review_decisions") or "uq_review_decisions_open" in plan
