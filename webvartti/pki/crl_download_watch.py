"""One deadline over a whole download, however slowly its bytes drip, and a way to end it when the program ends.

A socket's own time-out only bounds the silence between two bytes. So a thread watches, and shuts the socket down under the
reader.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

from webvartti.domain.crl_fetching import FetchStopped
from webvartti.domain.ports import Stopping
from webvartti.pki.crl_download_errors import DownloadTooSlow

_LOOK_EVERY = 0.1  # seconds


class Watch:
    """A context manager around one download, redirects included."""

    def __init__(self, seconds: float, stopping: Stopping) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._stopping = stopping
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="crl-download-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def seconds(self, at_most: float) -> float:
        """A time-out for the next step that ends with the whole at the latest. Raises as ``check`` does."""
        self.check()
        return max(min(at_most, self._end - time.monotonic()), 0.01)

    def over(self, connected: socket.socket) -> None:
        """Watch over this socket from now on."""
        with self._lock:
            self._socket = connected
            if self._cut:
                self._shut_down()

    def check(self) -> None:
        """Raises FetchStopped or DownloadTooSlow."""
        if self._stopping():
            raise FetchStopped("the program is ending")
        if self._cut or time.monotonic() >= self._end:
            raise DownloadTooSlow(f"not finished in {self._seconds:g} seconds")

    def _look(self) -> None:
        while not self._done.wait(_LOOK_EVERY):
            if self._stopping() or time.monotonic() >= self._end:
                with self._lock:
                    self._cut = True
                    self._shut_down()
                return

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # of the plain socket: SSLSocket.shutdown would take the reader's TLS state from under it
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
