"""Where the time goes, by room: `python -m tests.load.rooms PROFILE...`, of what `py-spy record --format raw` has written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

_SERVING = "handle_request"
"""In the stack of whoever serves a request; what waits for one isn't counted."""
_ROOMS = tuple(
    (room, re.compile(pattern))
    for room, pattern in (
        ("commit", r"do_commit"),
        ("registry", r"webvartti/registry/"),
        ("pki", r"webvartti/pki/|cryptography/|OpenSSL/"),
        ("database driver", r"do_execute|psycopg"),
        ("SQLAlchemy", r"sqlalchemy/"),
        ("storage", r"webvartti/storage/"),
        ("Jinja, templates", r"jinja2/|\.html[:)]"),
        ("Babel", r"babel/"),
        ("WTForms", r"wtforms/"),
        ("Flask, Werkzeug", r"flask/|flask_login/|werkzeug/|markupsafe/|itsdangerous/"),
        ("gunicorn", r"gunicorn/"),
        ("web", r"webvartti/web/"),
        ("services", r"webvartti/services/"),
        ("domain", r"webvartti/domain/"),
        ("messages", r"webvartti/messages/"),
    )
)
_LINE = re.compile(r":\d+\)")


def stacks(lines: Iterable[str]) -> Iterator[tuple[list[str], int]]:
    """The frames of each stack that serves a request, outermost first, and how often it was seen."""
    for line in lines:
        stack, _, times = line.rstrip().rpartition(" ")
        if _SERVING in stack:
            yield stack.split(";"), int(times)


def room_of(frames: list[str]) -> str:
    """That of the innermost frame that belongs to one: what the standard library does is its caller's."""
    for frame in reversed(frames):
        for room, pattern in _ROOMS:
            if pattern.search(frame):
                return room
    return "nobody"


@click.command()
@click.argument("profiles", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rooms(profiles: tuple[Path, ...]) -> None:
    """Add up samples by room, and show the ten functions that were at work most often."""
    by_room, by_function = Counter[str](), Counter[str]()
    for profile in profiles:
        for frames, times in stacks(profile.read_text(encoding="utf-8").splitlines()):
            by_room[room_of(frames)] += times
            by_function[_LINE.sub(")", frames[-1])] += times
    console = Console()
    for title, counted in (("room", by_room), ("function itself", by_function)):
        table = Table("share", title)
        for name, times in counted.most_common(len(by_room) if counted is by_room else 10):
            table.add_row(f"{times / counted.total():.1%}", name)
        console.print(table)


if __name__ == "__main__":
    rooms(prog_name="python -m tests.load.rooms")
