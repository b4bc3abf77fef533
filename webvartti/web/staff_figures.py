"""How the queue stands and what is coming: three charts, each also as a table and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from webvartti.domain.figures import AGE_LIMITS, DayCount
from webvartti.domain.permissions import Permission
from webvartti.services.figures import FigureSheet
from webvartti.web.access import needs
from webvartti.web.site import now, services
from webvartti.web.staff import staff_blueprint

pages = staff_blueprint("staff_figures", __name__, "/figures")

PERIODS = (7, 30, 90, 365)
WIDTH, HEIGHT = 720, 220


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, in its units: ``x`` and ``y`` of the upper left corner; ``kind`` is its class."""

    x: float
    y: float
    width: float
    height: float
    kind: str


def bars(columns: Sequence[Sequence[tuple[str, int]]]) -> tuple[Bar, ...]:
    """Bars side by side within each column, scaled so that the highest fills the chart."""
    highest = max((value for column in columns for _, value in column), default=0) or 1
    wide = WIDTH / max(1, len(columns))
    made = []
    for place, column in enumerate(columns):
        each = wide * 0.8 / max(1, len(column))
        for number, (kind, value) in enumerate(column):
            height = HEIGHT * value / highest
            x = place * wide + wide * 0.1 + number * each
            made.append(Bar(round(x, 2), round(HEIGHT - height, 2), round(each, 2), round(height, 2), kind))
    return tuple(made)


def _of_day(counts: DayCount) -> tuple[tuple[str, int], ...]:
    return ("arrived", counts.arrived), ("rules", counts.by_rules), ("people", counts.by_people)


def _sheet() -> tuple[int, FigureSheet]:
    asked = request.args.get("days", "30")
    days = int(asked) if asked in {str(period) for period in PERIODS} else 30
    return days, services().figures.sheet(now(), days)


@pages.get("/")
@needs(Permission.FIGURES_READ)
def page() -> ResponseReturnValue:
    """All three."""
    days, sheet = _sheet()
    totals = sheet.forecast.totals if sheet.forecast else ()
    return render_template(
        "staff/figures.html",
        days=days,
        periods=PERIODS,
        sheet=sheet,
        limits=AGE_LIMITS,
        totals=totals,
        width=WIDTH,
        height=HEIGHT,
        arrivals=bars([_of_day(each) for each in sheet.days]),
        aged=bars([[("people", count)] for count in sheet.ages.open_cases]),
        expiring=bars([[("arrived", count)] for count in totals]),
    )


@pages.get("/<any(arrivals, ages, forecast):table>.csv")
@needs(Permission.FIGURES_READ)
def as_csv(table: str) -> ResponseReturnValue:
    """The numbers of one chart. Nothing in them begins as a formula would: they are our own words, days and counts."""
    rows = _sheet()[1].tables()[table]
    if not rows:
        abort(404)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return response


def _plain(value: str | int) -> str | int:
    """A county's name comes from an extract: a spreadsheet must not take it for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
