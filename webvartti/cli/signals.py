"""Signals that a command heeds while it runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue


class Stop:
    """Told by a signal or another thread, asked by a loop between two things that it does.

    For what must not be torn in the middle: an exception raised by a signal's handler appears at any line, also where a
    database driver has to swallow it, and then the signal is lost. A threading.Event won't do, for its lock would be
    waited for by the thread that holds it; SimpleQueue.put may be called from anywhere.
    """

    def __init__(self) -> None:
        self._told: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Stop, please. May be called again, and by a signal's handler."""
        self._told.put(None)

    def is_set(self) -> bool:
        """Whether somebody has asked."""
        return not self._told.empty()

    def wait(self, seconds: float) -> None:
        """Until somebody asks, ``seconds`` at the longest."""
        with suppress(Empty):
            self._told.put(self._told.get(timeout=seconds))


def interrupt() -> None:
    """TERM ends in order, as Ctrl-C does."""
    raise KeyboardInterrupt


@contextmanager
def heeding(handlers: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """Each signal does what is said here until the block ends. Only a main thread may listen: in another nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with ExitStack() as stack:
        for number, handler in handlers.items():
            stack.callback(signal.signal, number, signal.signal(number, lambda *_, handler=handler: handler()))
        yield
