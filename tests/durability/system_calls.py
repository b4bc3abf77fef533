"""What processes ask of the kernel, as strace writes it down, and calls that are made to fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

import pytest


@dataclass(frozen=True)
class Call:
    """One system call. ``began`` and ``ended`` are places in the order in which strace saw things."""

    pid: int
    name: str
    arguments: str
    result: str
    began: int
    ended: int


_LINE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_BEGUN = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<arguments>.*) <unfinished \.\.\.>")
_RESUMED = re.compile(r"(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*)\) += (?P<result>-?\d+)")


def read_calls(text: str) -> list[Call]:
    """The calls that have ended, in the order in which they did."""
    found, begun = [], dict[tuple[str, str], tuple[int, str]]()
    for place, line in enumerate(text.splitlines()):
        if whole := _LINE.match(line):
            found.append(Call(int(whole["pid"]), whole["name"], whole["arguments"], whole["result"], place, place))
        elif start := _BEGUN.match(line):
            begun[start["pid"], start["name"]] = place, start["arguments"]
        elif (end := _RESUMED.match(line)) and (end["pid"], end["name"]) in begun:
            began, arguments = begun.pop((end["pid"], end["name"]))
            found.append(Call(int(end["pid"]), end["name"], arguments + end["arguments"], end["result"], began, place))
    return found


def need_strace() -> None:
    """Skip where nobody may look into another process, as in most containers."""
    assert shutil.which("strace"), "Debian's package strace isn't installed: `make test` does that"
    other = subprocess.Popen(["sleep", "30"])
    try:
        looked = subprocess.run(
            ["timeout", "-s", "INT", "1", "strace", "-p", str(other.pid)], capture_output=True, text=True, check=False
        )
    finally:
        other.kill()
        other.wait()
    if "attached" not in looked.stderr:
        pytest.skip(f"strace may not look into other processes here: {looked.stderr.strip()[:200]}")


@contextmanager
def traced(pids: Sequence[int], file: Path, *options: str) -> Iterator[None]:
    """All threads of these processes, and what they start, until the end of the block."""
    command = [
        "strace",
        "-f",
        "-y",
        "-s",
        "8192",
        "-o",
        str(file),
        *options,
        *(word for pid in pids for word in ("-p", str(pid))),
    ]
    errors = file.with_suffix(".errors")
    with errors.open("wb") as out:
        process = subprocess.Popen(command, stderr=out)
    try:
        until = time.monotonic() + 15
        while errors.read_text().count(" attached") < len(pids):
            assert process.poll() is None, errors.read_text()
            assert time.monotonic() < until, errors.read_text()
            time.sleep(0.05)
        time.sleep(0.3)  # threads are attached one after the other
        yield
    finally:
        process.send_signal(SIGINT)
        process.wait(15)
