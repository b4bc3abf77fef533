"""All listeners of one process, started and stopped together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from webvartti.server.context import build_context
from webvartti.server.errors import AlreadyStarted, ListenerFailed, ListenerNamesClash, ServerError
from webvartti.server.listener import Listener
from webvartti.server.listening import ListeningServer

log = logging.getLogger(__name__)


class Server:
    """Making one reads the certificate files; starting it binds. Both raise a ServerError and leave nothing behind."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        names = [listener.name for listener in listeners]
        if len(set(names)) != len(names):
            raise ListenerNamesClash(f"listener names must differ: {', '.join(names)}")
        self._servers = [ListeningServer(listener) for listener in listeners]
        self._threads: list[threading.Thread] = []
        self._failed: str | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Bind all listeners and serve them in threads. Raises AddressTaken or AddressUnavailable, and then none is bound."""
        if self._threads or self._ended.is_set():
            raise AlreadyStarted("a server starts once; make a new one")
        try:
            for server in self._servers:
                server.prepare()
        except ServerError:
            self.stop()
            raise
        for server in self._servers:
            thread = threading.Thread(target=self._serve, args=(server,), name=f"listener {server.listener.name}")
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let the requests under way finish (five seconds at most), then close everything. May be called again."""
        self._ended.set()
        for server in self._servers:
            server.stop()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def wait(self) -> None:
        """Until ``stop`` is called or the keyboard interrupts, which stops. Raises ListenerFailed where one ended by itself."""
        try:
            self._ended.wait()
        except KeyboardInterrupt:
            log.info("interrupted: stopping")
        self.stop()
        if self._failed is not None:
            raise ListenerFailed(self._failed)

    def reload(self) -> None:
        """Read the certificate files anew; connections made from now on use them.

        All or none: where one listener's files can't be used the old ones stay everywhere, and its error is logged and raised.
        """
        try:
            contexts = [build_context(server.listener) for server in self._servers]
        except ServerError as error:
            log.error("certificates not reloaded, the old ones stay in use: %s", error)
            raise
        for server, context in zip(self._servers, contexts, strict=True):
            server.adapter.context = context
        log.info("certificates reloaded")

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Host and port of each listener by its name; the actual port once started, where 0 was asked for."""
        return {server.listener.name: server.address for server in self._servers}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def _serve(self, server: ListeningServer) -> None:
        try:
            server.serve()
        except Exception:  # the thread's last words; wait() tells the caller
            server.error_log(level=logging.CRITICAL, traceback=True)
        finally:
            if not self._ended.is_set():
                self._failed = server.listener.name
                self._ended.set()
