"""Signals that a command heeds while it runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager


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
