"""A listener without TLS, for this machine's own eyes: a monitoring agent that asks now and then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from webvartti.server.quiet import QuietServer


class PlainServer(QuietServer):
    """Few threads and small requests: nobody sends much to what only tells."""

    max_request_header_size = 8 * 1024
    max_request_body_size = 1024
    keep_alive_conn_limit = 4

    def serve_on(self) -> None:
        """Until it is stopped. The log has the last words of one that ended by itself."""
        try:
            self.serve()
        except Exception:  # in a thread, nobody else would tell of it
            self.error_log(level=logging.CRITICAL, traceback=True)


@contextmanager
def serving_plainly(name: str, address: tuple[str, int], application: WSGIApplication) -> Iterator[tuple[str, int]]:
    """HTTP at ``address`` while the context lasts; yields the actual one. Raises AddressTaken or AddressUnavailable."""
    server = PlainServer(name, address, application, threads=2, timeout=5, waiting=8)
    thread = threading.Thread(target=server.serve_on, name=f"listener {name}")
    try:
        server.prepare()
        thread.start()
        yield server.address
    finally:
        server.stop()
        if thread.ident is not None:
            thread.join()
