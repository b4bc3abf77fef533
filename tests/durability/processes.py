"""Programs that are started again whenever they end, as systemd does it, so that they can be killed at will."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from threading import Event, RLock, Thread

RESTART_AFTER = 0.3
"""Seconds. The units say two (RestartSec); less here, so that more deaths fit into a test."""

Start = Callable[[], "Popen[bytes]"]


def children(pid: int) -> list[int]:
    """The processes that it has started; none where it has gone."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """False for one that has ended and waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def send(pid: int, what: signal.Signals) -> bool:
    """False where there is no such process any more."""
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return False
    return True


@dataclass
class Kept:
    """One program. ``deaths`` are the exit codes of those that ended without having been asked to."""

    name: str
    start: Start
    process: Popen[bytes]
    deaths: list[int] = field(default_factory=list)
    ended_at: float | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def processes(self) -> list[int]:
        """Those that it has started itself: gunicorn's."""
        return children(self.pid)

    def is_running(self) -> bool:
        return self.process.poll() is None


class Keeper:
    """Looks after programs in a thread of its own; at the end all of them end, and what they have started with them."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._orphans: list[int] = []
        self._lock = RLock()
        self._over = Event()
        self._thread = Thread(target=self._watch, name="keeper")

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()

    def keep(self, name: str, start: Start) -> Kept:
        """Start it, and go on doing so."""
        with self._lock:
            kept = Kept(name, start, start())
            self._kept.append(kept)
        return kept

    def kill(self, kept: Kept, *, with_children: bool) -> None:
        """SIGKILL. Without its children they are left to notice by themselves that they are alone."""
        with self._lock:
            left = kept.processes
            send(kept.pid, signal.SIGKILL)
            if with_children:
                for pid in left:
                    send(pid, signal.SIGKILL)
            else:
                self._orphans += left

    def end_all(self) -> None:
        """In order (TERM), then KILL for what doesn't go in ten seconds."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            left = [pid for kept in self._kept for pid in kept.processes]
            for kept in reversed(self._kept):
                kept.process.send_signal(signal.SIGCONT)
                kept.process.terminate()
            for kept in self._kept:
                _wait_or_kill(kept.process)
            for pid in (*left, *self._orphans):
                _wait_or_kill_stranger(pid)
            self._kept.clear()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            with self._lock:
                for kept in self._kept:
                    self._look_after(kept)

    def _look_after(self, kept: Kept) -> None:
        code = kept.process.poll()
        if code is None:
            return
        if kept.ended_at is None:
            kept.ended_at = time.monotonic()
            if code != -signal.SIGKILL:
                kept.deaths.append(code)
        elif time.monotonic() - kept.ended_at >= RESTART_AFTER:
            kept.process, kept.ended_at = kept.start(), None


def _wait_or_kill(process: Popen[bytes]) -> None:
    try:
        process.wait(10)
    except TimeoutExpired:
        process.kill()
        process.wait(10)


def _wait_or_kill_stranger(pid: int) -> None:
    """One that isn't our child, so that it can only be looked at."""
    until = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    if is_alive(pid):
        send(pid, signal.SIGKILL)
