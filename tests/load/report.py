"""What a run showed: tables for people, and the same as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.load.monday import Course, Stretch
from tests.load.processes import GENERATOR
from tests.load.record import PERCENTILES, Figures, Kind


def verdicts(course: Course) -> list[str]:
    """Sentences: what rate was held, and what happened at twice that."""
    told = [
        f"Held: {course.held:.1f} arrivals/s." if course.held else "Not even the first rate was held: begin with a lower one."
    ]
    if course.cut_short:
        told.append("Cut short: the time was up (--minutes). Clicks that were waited for then are not in the figures.")
    if course.overload is not None:
        told += _of_overload(course.overload.rate, course.figures(course.overload))
    if course.recovery is not None:
        after = course.normal_after
        normal = "not within the time given" if after is None else f"{after} s after the rate fell"
        told.append(f"Back to normal by itself: {normal}.")
    return told


def _of_overload(rate: float, seen: Figures) -> list[str]:
    errors = sum(seen.errors.values())
    politely = "politely (503, a page, Retry-After)" if seen.shed and not errors else "with errors" if errors else "nothing"
    inside = ", ".join(f"p{each} {value:.2f} s" for each, value in zip(PERCENTILES, seen.latencies_inside, strict=False))
    return [
        f"At twice that, {rate:.1f}/s, it shed {politely}: {seen.shed} of {seen.views} clicks, and {errors} failed.",
        f"Of the clicks of people with a session {seen.served_inside:.1%} were served ({inside}).",
        f"Of the {seen.stays} people who signed in meanwhile {seen.stays_served} were served until they left; "
        f"{seen.renewals:.1f} renewals/s were finished.",
    ]


def print_report(course: Course, console: Console) -> None:
    """Tables and sentences."""
    stretches = _stretches(course)
    for table in (
        _table_of_paces(course, stretches),
        _table_of_latencies(course, stretches),
        _table_of_processors(course, stretches),
    ):
        console.print(table)
    for line in verdicts(course):
        console.print(line, highlight=False)
    generator = max((stretch.processors.get(GENERATOR, 0.0) for stretch, _ in stretches), default=0.0)
    late = max((course.figures(stretch).generator_late for stretch, _ in stretches), default=0.0)
    told = f"The generator took {generator:.2f} of {os.cpu_count()} processors at the most. At the 95th percentile it was "
    console.print(f"{told}{late * 1000:.0f} ms late for a click at the most, which counts as latency.", highlight=False)


def _stretches(course: Course) -> list[tuple[Stretch, str]]:
    """All that was measured, with a word on it."""
    found = [(step.stretch, step.why or "held") for step in course.steps]
    return found + [(each, each.name) for each in (course.overload, course.recovery) if each is not None]


def _table_of_paces(course: Course, stretches: Sequence[tuple[Stretch, str]]) -> Table:
    table = Table(title="What was done, a second")
    for name in ("arrivals", "renewals", "pages", "requests", "503", "errors"):
        table.add_column(name, justify="right")
    table.add_column("")
    for stretch, word in stretches:
        seen = course.figures(stretch)
        paces = (f"{seen.arrivals:.1f}", f"{seen.renewals:.1f}", f"{seen.pages:.0f}", f"{seen.requests:.0f}")
        table.add_row(*paces, str(seen.shed), _errors(seen), word)
    return table


def _table_of_latencies(course: Course, stretches: Sequence[tuple[Stretch, str]]) -> Table:
    table = Table(title=f"Seconds from the intended click, percentiles {'/'.join(map(str, PERCENTILES))}")
    for name in ("arrivals", *Kind):
        table.add_column(str(name), justify="right")
    for stretch, _ in stretches:
        seen = course.figures(stretch)
        table.add_row(f"{seen.arrivals:.1f}", *(_seconds(seen.latencies.get(kind, ())) for kind in Kind))
    return table


def _seconds(values: Sequence[float]) -> str:
    return "/".join(f"{value:.2f}" if value < 10 else f"{value:.1f}" for value in values)


def _errors(seen: Figures) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(seen.errors.items())) or "0"


def _table_of_processors(course: Course, stretches: Sequence[tuple[Stretch, str]]) -> Table:
    table = Table(title=f"Processors at work, of {os.cpu_count()}")
    table.add_column("arrivals", justify="right")
    kinds = list(dict.fromkeys(kind for stretch, _ in stretches for kind in stretch.processors))
    for kind in kinds:
        table.add_column(kind, justify="right")
    for stretch, _ in stretches:
        table.add_row(
            f"{course.figures(stretch).arrivals:.1f}", *(f"{stretch.processors.get(kind, 0.0):.2f}" for kind in kinds)
        )
    return table


def as_json(course: Course, options: dict[str, Any]) -> dict[str, Any]:
    """Everything that the tables tell; latencies in seconds by percentile."""
    return {
        "options": options,
        "plan": asdict(course.plan),
        "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load_average": os.getloadavg()},
        "held_arrivals_per_second": course.held,
        "cut_short": course.cut_short,
        "seconds_until_normal": course.normal_after,
        "stretches": [_stretch_as_json(course, stretch, word) for stretch, word in _stretches(course)],
        "verdicts": verdicts(course),
    }


def _stretch_as_json(course: Course, stretch: Stretch, word: str) -> dict[str, Any]:
    seen = asdict(course.figures(stretch))
    for name in ("latencies", "latencies_inside"):
        found = seen[name]
        by_kind = (
            {str(kind): _by_percentile(values) for kind, values in found.items()}
            if name == "latencies"
            else _by_percentile(found)
        )
        seen[name] = by_kind
    return {"name": stretch.name, "rate": stretch.rate, "verdict": word, "processors": stretch.processors, **seen}


def _by_percentile(values: Sequence[float]) -> dict[str, float]:
    return {f"p{each}": value for each, value in zip(PERCENTILES, values, strict=False)}
