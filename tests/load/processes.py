"""Whose work the processors do: ours by kind of process, and that of everybody else on the machine."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
GENERATOR, OTHERS = "generator", "everybody else"
_KINDS = (
    ("haproxy", b"haproxy"),
    ("nginx", b"nginx"),
    ("public", b"WEBVARTTI_LISTENER=public"),
    ("card", b"WEBVARTTI_LISTENER=card"),
    ("worker", b"webvartti\0worker"),
    ("postgres", b"postgres"),
)
"""By what stands in the command line; gunicorn's processes by their listener."""


@dataclass(frozen=True)
class Work:
    """Processor seconds so far, by kind; of ended processes too, as far as they had a parent that waited for them."""

    seconds: dict[str, float]

    def shares_since(self, earlier: Work, seconds: float) -> dict[str, float]:
        """By kind, in processors: 1.0 is one that did nothing else."""
        kinds = [*(kind for kind, _ in _KINDS), GENERATOR, OTHERS]
        return {
            kind: max(0.0, self.seconds.get(kind, 0.0) - earlier.seconds.get(kind, 0.0)) / seconds
            for kind in kinds
            if kind in self.seconds
        }


def work() -> Work:
    """Of the processes that come from this one, of this one itself, and of all others together."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    kinds: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            process = int(folder.name)
            parents[process] = int(fields[1])
            spent[process] = sum(int(each) for each in fields[11:15]) / _TICKS
            kinds[process] = next((kind for kind, words in _KINDS if words in command), "")
    own = os.getpid()
    seconds: dict[str, float] = defaultdict(float)
    for process, kind in kinds.items():
        if kind and _descends(process, own, parents):
            seconds[kind] += spent[process]
    times = os.times()
    seconds[GENERATOR] = times.user + times.system
    seconds[OTHERS] = _busy() - sum(seconds.values())
    return Work(dict(seconds))


def _busy() -> float:
    """Seconds that all processors have worked: user, nice, system, irq, softirq, steal (proc(5))."""
    fields = [int(each) for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(fields[index] for index in (0, 1, 2, 5, 6, 7)) / _TICKS


def _descends(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    while process in parents:
        process = parents[process]
        if process == ancestor:
            return True
    return False
