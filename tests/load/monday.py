"""A Monday morning after a mass reminder: arrivals at growing rates, then twice what was held, then half of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from tests.load.person import Person, Site
from tests.load.processes import work
from tests.load.record import Figures, Record, Span, figures, seconds_until_normal
from tests.load.wire import Card

PEOPLE_AT_ONE_ADDRESS = 20
_SETTLING = 1 / 3
"""The part of a step that isn't measured: those whom the step before let in are still on their way."""
_FEWEST_FINISHED = 0.75
"""Of those who arrive and mean to order; fewer than that, chance aside, means that people pile up."""
_MEAN_TO_ORDER = 0.92 * 0.93 * 0.95 * 0.97
_MOST_REFUSED = 0.01


@dataclass(frozen=True)
class Plan:
    """How hard and how long. Rates are arrivals a second, times are seconds; ``bound`` is how slow a page may be at the 95th
    percentile. ``minutes`` ends everything, wherever it stands.
    """

    first: float = 4.0
    growth: float = 1.4
    most: float = 32.0
    step: float = 30.0
    bound: float = 2.0
    overload: float = 60.0
    recovery: float = 60.0
    thinking: float = 1.0
    minutes: float = 15.0
    seed: int = 1

    @property
    def rates(self) -> Iterator[float]:
        """Of the climb, to the last at ``most`` or below."""
        rate = self.first
        while rate <= self.most * 1.001:
            yield rate
            rate *= self.growth

    @property
    def people(self) -> int:
        """As many as can come at all, however the dice fall (five standard deviations)."""
        highest = max(self.rates)
        expected = sum(self.rates) * (self.step + self.bound) + 2 * highest * self.overload + highest / 2 * self.recovery
        return math.ceil(expected + 5 * math.sqrt(expected)) + 10


@dataclass(frozen=True)
class Stretch:
    """One measured stretch: at ``rate`` arrivals a second, with the work of each kind of process in processors."""

    name: str
    rate: float
    span: Span
    processors: dict[str, float]


@dataclass(frozen=True)
class Step:
    """A stretch of the climb; ``why`` it wasn't held is empty where it was."""

    stretch: Stretch
    why: str


@dataclass
class Course:
    """What has been done; figures are asked of ``record``."""

    plan: Plan
    record: Record = field(default_factory=Record)
    steps: list[Step] = field(default_factory=list)
    overload: Stretch | None = None
    recovery: Stretch | None = None
    normal_after: int | None = None
    cut_short: bool = False

    @property
    def held(self) -> float:
        """The highest rate that was held; 0 where none was."""
        return max((step.stretch.rate for step in self.steps if not step.why), default=0.0)

    def judge_again(self) -> None:
        """When everybody has left: by now it is known how each click of every step has ended."""
        seen = [(step.stretch, self.figures(step.stretch)) for step in self.steps]
        self.steps = [Step(stretch, why_not_held(self.plan, found, stretch.span.seconds)) for stretch, found in seen]

    def figures(self, stretch: Stretch) -> Figures:
        """As they stand when its last clicks have had the time that a click may take."""
        return figures(self.record, stretch.span, stretch.span.end + self.plan.bound)


Tell = Callable[[str, float, float, Record], None]
"""Progress: what is going on, seconds done, seconds in all, the record."""


async def run(plan: Plan, site: Site, cards: list[Card], tell: Tell) -> Course:
    """The whole morning, or as much of it as ``plan.minutes`` allow."""
    morning = Morning(Course(plan), site, iter(cards), tell)
    try:
        async with asyncio.timeout(plan.minutes * 60):
            await morning.climb()
            await morning.overload()
    except TimeoutError:
        morning.course.cut_short = True
    finally:
        await morning.send_everybody_home()
    return morning.course


class Morning:
    """Lets people in, and looks at the clock."""

    def __init__(self, course: Course, site: Site, cards: Iterator[Card], tell: Tell) -> None:
        self.course, self._site, self._cards, self._tell = course, site, cards, tell
        self._chance = Random(course.plan.seed)  # noqa: S311 - when people come is no secret
        self._people: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._number = 0

    async def climb(self) -> None:
        """Step by step until one isn't held; then wait until everybody has left."""
        for number, rate in enumerate(self.course.plan.rates, start=1):
            stretch = await self._stretch(f"step {number}", rate, self.course.plan.step, _SETTLING, self.course.plan.bound)
            why = why_not_held(self.course.plan, self.course.figures(stretch), stretch.span.seconds)
            self.course.steps.append(Step(stretch, why))
            if why:
                break
        await self._leaving()
        self.course.judge_again()

    async def overload(self) -> None:
        """Twice the rate that was held, and then half of it; nothing in between."""
        plan, held = self.course.plan, self.course.held
        if not held or not plan.overload:
            return
        self.course.overload = await self._stretch("twice", held * 2, plan.overload, 0)
        self.course.recovery = after = await self._stretch("half", held / 2, plan.recovery, 0)
        await self._leaving()
        self.course.normal_after = seconds_until_normal(self.course.record, after.span.start, after.span.end, plan.bound)

    async def _stretch(self, name: str, rate: float, seconds: float, settling: float, patience: float = 0) -> Stretch:
        """``seconds``, of which a share is for ``settling``. People come for ``patience`` seconds more: by then the last
        clicks, too, can be told to be slow.
        """
        begin = self._loop.time()
        arriving = asyncio.create_task(self._arrive(rate, begin, begin + seconds + patience))
        try:
            await self._wait(f"{name}: {rate:.1f} arrivals/s", begin + seconds * settling, begin, seconds)
            start, before = self._loop.time(), work()
            await self._wait(f"{name}: {rate:.1f} arrivals/s", begin + seconds, begin, seconds)
            end, after = self._loop.time(), work()
            await self._wait(f"{name}: the last clicks have their time", begin + seconds + patience, begin, seconds + patience)
        finally:
            arriving.cancel()
        return Stretch(name, rate, Span(start, end), after.shares_since(before, end - start))

    async def _arrive(self, rate: float, begin: float, end: float) -> None:
        """A Poisson process: whoever comes, comes, however it goes for those who are there."""
        moment = begin
        while (moment := moment + self._chance.expovariate(rate)) < end:
            await asyncio.sleep(moment - self._loop.time())
            person = self._next()
            self.course.record.arrived.append(moment)
            task = asyncio.create_task(person.visit(moment))
            self._people.add(task)
            task.add_done_callback(self._people.discard)

    def _next(self) -> Person:
        ward, self._number = self._number // PEOPLE_AT_ONE_ADDRESS, self._number + 1
        source = f"127.{1 + ward // 62500}.{ward // 250 % 250}.{2 + ward % 250}"
        chance = Random(self._chance.random())  # noqa: S311 - how long somebody thinks is no secret
        plan = self.course.plan
        return Person(self._site, next(self._cards), source, self.course.record, chance, plan.thinking)

    async def _leaving(self) -> None:
        begin, longest = self._loop.time(), 60.0
        while self._people and self._loop.time() < begin + longest:
            self._tell("nobody new, the last ones leave", self._loop.time() - begin, longest, self.course.record)
            await asyncio.sleep(0.2)

    async def _wait(self, name: str, until: float, begin: float, seconds: float) -> None:
        while (now := self._loop.time()) < until:
            self._tell(name, now - begin, seconds, self.course.record)
            await asyncio.sleep(min(0.5, until - now))

    async def send_everybody_home(self) -> None:
        """Nobody stays when the morning is over."""
        for task in self._people:
            task.cancel()
        await asyncio.gather(*self._people, return_exceptions=True)


def why_not_held(plan: Plan, seen: Figures, seconds: float) -> str:
    """What shows that this rate is more than the service can hold; empty where nothing does."""
    if seen.refused_share > _MOST_REFUSED:
        return f"{seen.refused_share:.0%} shed or failed"
    if seen.worst_p95 > plan.bound:
        return f"p95 {seen.worst_p95:.1f} s" if seen.worst_p95 < math.inf else "nothing was answered"
    meant_to_order = seen.arrivals * seconds * _MEAN_TO_ORDER
    if seen.renewals * seconds < meant_to_order * _FEWEST_FINISHED - 2 * math.sqrt(meant_to_order):
        return "people pile up"
    return ""
