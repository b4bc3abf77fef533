"""Which processor works for whom, and how long the servers have worked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def servers_on_one_processor() -> Iterator[None]:
    """A child inherits the processors of the thread that starts it. So this thread takes the first one alone, and whoever
    drives the servers calls ``as_client`` in threads of its own.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def as_client() -> None:
    """This thread takes the last processor. As the initializer of a pool: for each of its threads."""
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})


def processor_seconds() -> float:
    """Of all processes that come from this one, itself left out."""
    parents, seconds = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended meanwhile
            parents[int(folder.name)] = int(fields[1])
            seconds[int(folder.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
    own = os.getpid()
    return sum(spent for process, spent in seconds.items() if process != own and _descends(process, own, parents))


def _descends(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    while process in parents:
        process = parents[process]
        if process == ancestor:
            return True
    return False
