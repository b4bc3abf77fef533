"""Whole renewals over HTTP, as many at a time as keep a server busy, and the same requests put to another server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.benchmarks.bench_sign_ins import Pace
from tests.benchmarks.processors import as_client, processor_seconds
from tests.load.person import WAY, Person, Site
from tests.load.production import Production
from tests.load.record import SERVED, Kind, Record
from tests.load.wire import Card, Place, Wire
from webvartti.demo.server_certificate import PUBLIC_HOST

AT_A_TIME = 6
_TO_THE_END = tuple(replace(click, leaving=0.0) for click in WAY)
_NO_TIME = 1e-9
_sources = (f"127.{1 + number // 62500}.{number // 250 % 250}.{2 + number % 250}" for number in count())
"""An address for each person: the limits are in force."""


@dataclass(frozen=True)
class Sent:
    """The requests of one renewal, each with where it went, in their order."""

    requests: list[tuple[Place, bytes]]

    @property
    def to_the_public_host(self) -> int:
        return sum(place.name == PUBLIC_HOST for place, _ in self.requests)


def renew(started: Production, cards: list[Card]) -> tuple[Pace, Sent]:
    """Each of these people renews, without a pause."""
    record = Record()
    chance = Random(1)  # noqa: S311 - nobody's secret
    people = [Person(started.site, card, next(_sources), record, chance, _NO_TIME, _TO_THE_END) for card in cards]

    async def visit(person: Person) -> None:
        await person.visit(asyncio.get_running_loop().time())

    pace = _pace([visit(person) for person in people])
    assert {each.outcome for each in record.seen} == {SERVED}
    assert sum(each.kind is Kind.ORDER for each in record.seen) == len(cards)
    return pace, Sent(people[0].sent)


def replay(site: Site, sent: Sent, card: Card, times: int) -> Pace:
    """The same requests to another server, on as many connections as a browser makes."""

    async def once() -> None:
        public = Wire(site.public, site.context(site.public), next(_sources))
        for place, request in sent.requests:
            request = request.replace(f":{place.port}".encode(), f":{site.public.port}".encode())
            if place.name == site.public.name:
                answer = await public.ask(request)
            else:
                at_card = Wire(site.card, site.context(site.card), public.source, card)
                answer = await at_card.ask(request)
                at_card.close()
            assert answer.status == 200, answer.head
        public.close()

    return _pace([once() for _ in range(times)])


def _pace(visits: list[Coroutine[Any, Any, None]]) -> Pace:
    """On the processor that the servers don't have."""
    before = processor_seconds()
    with ThreadPoolExecutor(1, initializer=as_client) as thread:
        seconds = thread.submit(asyncio.run, _few_at_a_time(visits)).result()
    return Pace(len(visits) / seconds, (processor_seconds() - before) * 1000 / len(visits))


async def _few_at_a_time(visits: list[Coroutine[Any, Any, None]]) -> float:
    """Seconds for all of them, AT_A_TIME at any moment."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def within(visit: Coroutine[Any, Any, None]) -> None:
        async with places:
            await visit

    started = time.perf_counter()
    await asyncio.gather(*(within(visit) for visit in visits))
    return time.perf_counter() - started


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def gunicorn_workers(*marks: str) -> list[int]:
    """The workers of the gunicorn whose command line has these words: its children that serve."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if all(mark.encode() in (folder / "cmdline").read_bytes() for mark in marks):
                    parents[int(folder.name)] = parent_of(int(folder.name))
            except OSError:
                continue  # it has ended meanwhile
    return [process for process, parent in parents.items() if parent in parents]


def megabytes(process: int) -> tuple[float, float]:
    """(PSS, RSS) of a process: its fair share of what it has in memory, and all of it."""
    rows = dict(line.split(":") for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
    pss, rss = (int(rows[name].split()[0]) / 1024 for name in ("Pss", "Rss"))
    return pss, rss
